import { randomBytes } from 'node:crypto';
import type { AwsClock } from '../clock.ts';
import type { AccessKey } from '../signature-v4.ts';

/** AWS's clouds that know nothing of each other. */
export type AwsPartitionName = 'aws' | 'aws-us-gov' | 'aws-cn';

/** A key pair that the account handed out, and whom it speaks for. */
export interface IssuedKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** As GetCallerIdentity says it: a user's, or that of a role's session. */
  readonly arn: string;
  readonly userId: string;
  /** Set once; every session that is assumed with this one has it too. */
  readonly sourceIdentity?: string;
  /** Session tags that go on into every session that is assumed with this one. */
  readonly transitiveTags?: Readonly<Record<string, string>>;
}

/** What a trust policy can allow beside sts:AssumeRole, each by itself. */
export type MarkingAction = 'sts:SetSourceIdentity' | 'sts:TagSession';

/** What a session carries that its name does not say. */
export interface SessionInit {
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTags?: Readonly<Record<string, string>>;
}

export interface RoleInit {
  readonly name: string;
  /** Default `/`. It is in the role's ARN and not in those of its sessions. */
  readonly path?: string;
  /** The users and roles that its trust policy names. */
  readonly trusts?: readonly string[];
  /** What it allows them beside sts:AssumeRole. */
  readonly allowsToo?: readonly MarkingAction[];
  /** `aws:TagKeys` of its one statement: with a tag of another key, the role is refused altogether. */
  readonly tagKeys?: readonly string[];
  /** `sts:ExternalId` of the trust policy: asked of everyone. */
  readonly externalId?: string;
  /** The `sub` of tokens that may assume it by web identity. */
  readonly serviceAccount?: string;
}

export interface Role extends RoleInit {
  readonly arn: string;
  readonly roleId: string;
}

export type IssuedSession = IssuedKey & Required<Pick<IssuedKey, 'sessionToken' | 'expiresAt'>>;

export interface WebIdentity {
  readonly subject: string;
  readonly expiresAt: number;
}

const letters = (count: number): string =>
  Array.from(randomBytes(count), (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('');

/** An AWS account with users, roles and the sessions it issued. Its keys are new in each run. */
export class AwsAccount {
  readonly id: string;
  readonly partition: AwsPartitionName;
  /** Session tokens are about this long; session tags make them longer. */
  sessionTokenBytes = 400;
  sessionTokenBytesPerTagByte = 1;
  /** Tags and policies of a session are packed into so much. */
  packedBytes = 4_096;
  readonly #clock: AwsClock;
  readonly #keys = new Map<string, IssuedKey>();
  readonly #roles = new Map<string, Role>();
  readonly #webIdentities = new Map<string, WebIdentity>();

  constructor(id: string, clock: AwsClock, partition: AwsPartitionName = 'aws') {
    this.id = id;
    this.partition = partition;
    this.#clock = clock;
  }

  addUser(name: string): IssuedKey {
    return this.#issue({
      accessKeyId: `AKIA${letters(16)}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      arn: `arn:${this.partition}:iam::${this.id}:user/${name}`,
      userId: `AIDA${letters(17)}`,
    });
  }

  addRole(init: RoleInit): Role {
    const arn = `arn:${this.partition}:iam::${this.id}:role${init.path ?? '/'}${init.name}`;
    const role = { ...init, arn, roleId: `AROA${letters(17)}` };
    this.#roles.set(arn, role);
    return role;
  }

  /** Replaces a role's trust policy. */
  changeRole(arn: string, change: Pick<RoleInit, 'trusts' | 'allowsToo' | 'tagKeys' | 'externalId'>): void {
    const role = this.#roles.get(arn);
    if (role === undefined) throw new Error(`there is no role ${arn}`);
    this.#roles.set(arn, { ...role, ...change });
  }

  role(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  /** Temporary credentials of a role, as AssumeRole, the metadata service and Pod Identity give them. */
  startSession(role: Role, sessionName: string, seconds: number, carried: SessionInit = {}): IssuedSession {
    const { sourceIdentity, tags = {}, transitiveTags = {} } = carried;
    const tagBytes = Object.entries({ ...tags, ...transitiveTags })
      .flat()
      .join('').length;
    const session = {
      accessKeyId: `ASIA${letters(16)}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(
        this.sessionTokenBytes + tagBytes * this.sessionTokenBytesPerTagByte,
      ).toString('base64'),
      expiresAt: this.#clock.now().getTime() + seconds * 1_000,
      arn: `arn:${this.partition}:sts::${this.id}:assumed-role/${role.name}/${sessionName}`,
      userId: `${role.roleId}:${sessionName}`,
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      transitiveTags,
    };
    this.#issue(session);
    return session;
  }

  /** Ends every session so far: their keys are unknown from now on. */
  revokeSessions(): void {
    for (const [id, key] of this.#keys) if (key.sessionToken !== undefined) this.#keys.delete(id);
  }

  /** A token as a cluster's OpenID Connect issuer signs it for a service account. */
  issueWebIdentity(subject: string, seconds: number): string {
    const token = `header.${randomBytes(60).toString('base64url')}.${randomBytes(30).toString('base64url')}`;
    this.#webIdentities.set(token, { subject, expiresAt: this.#clock.now().getTime() + seconds * 1_000 });
    return token;
  }

  webIdentity(token: string): WebIdentity | undefined {
    return this.#webIdentities.get(token);
  }

  key(accessKeyId: string): IssuedKey | undefined {
    return this.#keys.get(accessKeyId);
  }

  /** The key as the verifier of signatures takes it. */
  accessKey(accessKeyId: string): AccessKey | undefined {
    const key = this.#keys.get(accessKeyId);
    if (key === undefined) return undefined;
    const { secretAccessKey, sessionToken, expiresAt } = key;
    return {
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }

  /** Every key that is valid now. */
  keys(): readonly IssuedKey[] {
    return [...this.#keys.values()];
  }

  /** Every secret that was handed out, to look for in what must not hold one. */
  secrets(): readonly string[] {
    return [
      ...[...this.#keys.values()].flatMap((key) => [key.secretAccessKey, key.sessionToken ?? []].flat()),
      ...this.#webIdentities.keys(),
    ];
  }

  #issue(key: IssuedKey): IssuedKey {
    this.#keys.set(key.accessKeyId, key);
    return key;
  }
}
