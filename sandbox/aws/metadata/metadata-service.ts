import { randomBytes } from 'node:crypto';
import type { AwsAccount, Role } from '../account/aws-account.ts';
import type { AwsAnswer, AwsCall } from '../http/aws-call.ts';
import { headerValue } from '../signature-v4/headers.ts';

const CREDENTIALS_PATH = '/latest/meta-data/iam/security-credentials/';
const SESSION_SECONDS = 3_600;

/**
 * What a machine or a pod asks for its own role: version 2 of the instance metadata service, and the endpoint of
 * Pod Identity, which wants a token of its own.
 */
export class MetadataService {
  readonly #account: AwsAccount;
  readonly #sessions = new Set<string>();
  #instanceRole: Role | undefined;
  #podRole:
    | {
        readonly role: Role;
        readonly token: string;
        readonly transitiveTags: Readonly<Record<string, string>>;
      }
    | undefined;

  constructor(account: AwsAccount) {
    this.#account = account;
  }

  setInstanceRole(role: Role | undefined): void {
    this.#instanceRole = role;
  }

  /** Returns the token that a pod's service account has to send. Pod Identity's own tags are transitive. */
  setPodRole(role: Role, transitiveTags: Readonly<Record<string, string>> = {}): string {
    const token = `pod-${randomBytes(24).toString('base64url')}`;
    this.#podRole = { role, token, transitiveTags };
    return token;
  }

  actionOf({ target }: AwsCall): string {
    return target.startsWith('/v1/credentials') ? 'metadata:pod' : 'metadata:instance';
  }

  answer(call: AwsCall): AwsAnswer {
    const { method, target, headers } = call;
    if (target === '/v1/credentials') return this.#pod(headerValue(headers, 'authorization'));
    if (method === 'PUT' && target === '/latest/api/token') {
      const token = randomBytes(20).toString('base64url');
      this.#sessions.add(token);
      return { status: 200, body: token };
    }
    if (!this.#sessions.has(headerValue(headers, 'x-aws-ec2-metadata-token') ?? ''))
      return { status: 401, body: '' };
    const role = this.#instanceRole;
    if (role === undefined) return { status: 404, body: '' };
    if (target === CREDENTIALS_PATH) return { status: 200, body: role.name };
    return target === `${CREDENTIALS_PATH}${role.name}`
      ? { status: 200, body: JSON.stringify({ Code: 'Success', ...this.#session(role, 'i-0123456789') }) }
      : { status: 404, body: '' };
  }

  #pod(authorization: string | undefined): AwsAnswer {
    const pod = this.#podRole;
    if (pod === undefined || authorization !== pod.token) return { status: 401, body: '' };
    return { status: 200, body: JSON.stringify(this.#session(pod.role, 'eks-prod-pod', pod.transitiveTags)) };
  }

  #session(role: Role, name: string, transitiveTags: Readonly<Record<string, string>> = {}): object {
    const session = this.#account.startSession(role, name, SESSION_SECONDS, { transitiveTags });
    return {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      Expiration: new Date(session.expiresAt).toISOString(),
    };
  }
}
