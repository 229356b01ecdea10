import { createHash } from 'node:crypto';
import type { AwsAccount, IssuedKey, Role } from '../account/aws-account.ts';
import { canonicalPrincipal, withoutPath } from '../account/canonical-principal.ts';
import type { AwsClock } from '../clock.ts';
import type { AwsAnswer, AwsCall } from '../http/aws-call.ts';
import { headerValue } from '../signature-v4/headers.ts';
import { splitTarget } from '../signature-v4/raw-query.ts';
import { readAuthorization } from '../signature-v4/read-authorization.ts';
import { verifySignatureV4 } from '../signature-v4.ts';
import { type StsFailure, stsFailure, stsSignatureFailure } from './sts-failure.ts';
import { stsResult } from './sts-result.ts';

/** STS looks at clocks more closely than the other services. */
const MAX_SKEW_MS = 5 * 60_000;
/** A presigned GetCallerIdentity is good for so long, whatever its X-Amz-Expires says. */
const PRESIGNED_LIFE_MS = 15 * 60_000;

type Caller =
  | { readonly kind: 'known'; readonly key: IssuedKey }
  | ({ readonly kind: 'refused' } & StsFailure);

/**
 * AWS STS: AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity of the Query protocol, by POST and by GET.
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/
 */
export class StsService {
  readonly #account: AwsAccount;
  readonly #clock: AwsClock;

  constructor(account: AwsAccount, clock: AwsClock) {
    this.#account = account;
    this.#clock = clock;
  }

  actionOf(call: AwsCall): string {
    return `sts:${parametersOf(call).get('Action') ?? ''}`;
  }

  answer(call: AwsCall): AwsAnswer {
    const asked = parametersOf(call);
    const accept = headerValue(call.headers, 'accept') ?? '';
    const action = asked.get('Action') ?? '';
    if (action === 'AssumeRoleWithWebIdentity') return this.#byWebIdentity(asked, accept);
    const caller = this.#caller(call);
    if (caller.kind === 'refused') return stsFailure(caller);
    if (action === 'GetCallerIdentity') {
      const { arn: Arn, userId: UserId } = caller.key;
      return stsResult(action, { Arn, UserId, Account: this.#account.id }, accept);
    }
    if (action === 'AssumeRole') return this.#assumeRole(asked, caller.key, accept);
    return stsFailure({ status: 400, code: 'InvalidAction', message: `Could not find operation ${action}` });
  }

  #caller(call: AwsCall): Caller {
    const read = readAuthorization(call.headers, splitTarget(call.target).query);
    const now = this.#clock.now();
    const presigned =
      read.kind === 'read' && read.authorization.place === 'query' ? read.authorization : undefined;
    const good = presigned !== undefined && Math.abs(now.getTime() - presigned.signedAt) <= PRESIGNED_LIFE_MS;
    const verdict = verifySignatureV4(
      { ...call, payloadHash: createHash('sha256').update(call.body).digest('hex') },
      {
        service: 'sts',
        // Within its fifteen minutes a presigned request is as good as when it was signed.
        now: good ? new Date(presigned.signedAt) : now,
        accessKey: (id) => this.#account.accessKey(id),
        pathRule: 'normalised and encoded twice',
        maxSkewMs: MAX_SKEW_MS,
      },
    );
    if (verdict.kind === 'refused')
      return { kind: 'refused', ...stsSignatureFailure(verdict.code, verdict.message) };
    const key = this.#account.key(verdict.accessKeyId);
    if (key === undefined || (key.expiresAt ?? Number.POSITIVE_INFINITY) <= now.getTime())
      return { kind: 'refused', ...stsSignatureFailure('session token expired', '') };
    return { kind: 'known', key };
  }

  #assumeRole(asked: URLSearchParams, key: IssuedKey, accept: string): AwsAnswer {
    const arn = asked.get('RoleArn') ?? '';
    const sessionName = asked.get('RoleSessionName') ?? '';
    const seconds = Number(asked.get('DurationSeconds') ?? 3_600);
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName) || !(seconds >= 900 && seconds <= 43_200))
      return stsFailure({ status: 400, code: 'ValidationError', message: '1 validation error detected' });
    const role = this.#account.role(arn);
    const trusted = (role?.trusts ?? []).some((one) => withoutPath(one) === canonicalPrincipal(key.arn));
    const external = role?.externalId === undefined || role.externalId === asked.get('ExternalId');
    if (role === undefined || !trusted || !external)
      return stsFailure({
        status: 403,
        code: 'AccessDenied',
        message: `User: ${key.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      });
    return this.#session('AssumeRole', role, sessionName, seconds, accept);
  }

  #byWebIdentity(asked: URLSearchParams, accept: string): AwsAnswer {
    const identity = this.#account.webIdentity(asked.get('WebIdentityToken') ?? '');
    if (identity === undefined)
      return stsFailure({
        status: 400,
        code: 'InvalidIdentityToken',
        message: "Couldn't retrieve verification key from your identity provider",
      });
    if (identity.expiresAt <= this.#clock.now().getTime())
      return stsFailure({
        status: 400,
        code: 'ExpiredTokenException',
        message: 'Token expired: current date/time must be before the expiration date/time',
      });
    const role = this.#account.role(asked.get('RoleArn') ?? '');
    if (role?.serviceAccount !== identity.subject)
      return stsFailure({
        status: 403,
        code: 'AccessDenied',
        message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      });
    return this.#session(
      'AssumeRoleWithWebIdentity',
      role,
      asked.get('RoleSessionName') ?? '',
      3_600,
      accept,
    );
  }

  #session(action: string, role: Role, sessionName: string, seconds: number, accept: string): AwsAnswer {
    const session = this.#account.startSession(role, sessionName, seconds);
    return stsResult(
      action,
      {
        Credentials: {
          AccessKeyId: session.accessKeyId,
          SecretAccessKey: session.secretAccessKey,
          SessionToken: session.sessionToken,
          Expiration: new Date(session.expiresAt).toISOString(),
        },
        AssumedRoleUser: { Arn: session.arn, AssumedRoleId: session.userId },
      },
      accept,
    );
  }
}

function parametersOf({ method, target, body }: AwsCall): URLSearchParams {
  return new URLSearchParams(method === 'POST' ? body : (target.split('?')[1] ?? ''));
}
