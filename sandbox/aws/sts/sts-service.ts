import { createHash } from 'node:crypto';
import type { AwsAccount, IssuedKey, Role, SessionInit } from '../account/aws-account.ts';
import { canonicalPrincipal, withoutPath } from '../account/canonical-principal.ts';
import type { AwsClock } from '../clock.ts';
import type { AwsAnswer, AwsCall } from '../http/aws-call.ts';
import { headerValue } from '../signature-v4/headers.ts';
import { splitTarget } from '../signature-v4/raw-query.ts';
import { readAuthorization } from '../signature-v4/read-authorization.ts';
import { verifySignatureV4 } from '../signature-v4.ts';
import { type AssumeRoleRequest, readAssumeRole } from './assume-role-request.ts';
import { type StsFailure, stsFailure, stsSignatureFailure } from './sts-failure.ts';
import { stsResult } from './sts-result.ts';
import type { TrailEvent } from './trail-event.ts';

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
  /** CloudTrail's, oldest first. */
  readonly trail: TrailEvent[] = [];
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
    const request = readAssumeRole(asked);
    if ('code' in request) return stsFailure(request);
    const role = this.#account.role(request.roleArn);
    const refusal = this.#refusal(request, role, key);
    this.#record(request, key, refusal);
    if (refusal !== undefined || role === undefined)
      return stsFailure(refusal ?? { status: 403, code: 'AccessDenied', message: 'no such role' });
    const { sessionName, seconds, tags, transitiveTagKeys } = request;
    const sourceIdentity = request.sourceIdentity ?? key.sourceIdentity;
    const passedOn = Object.entries(tags).filter(([name]) => transitiveTagKeys.includes(name));
    return this.#session('AssumeRole', role, sessionName, seconds, accept, {
      tags,
      transitiveTags: { ...key.transitiveTags, ...Object.fromEntries(passedOn) },
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    });
  }

  /**
   * The trust policy is asked for each action by itself. What the asking session passes on, a source identity and
   * transitive tags, needs the same rights as what the call names. Source: IAM user guide, "Monitor and control actions
   * taken with assumed roles", "Pass session tags in AWS STS".
   */
  #refusal(request: AssumeRoleRequest, role: Role | undefined, key: IssuedKey): StsFailure | undefined {
    const { roleArn, sourceIdentity, tags, externalId } = request;
    const refuse = (action: string): StsFailure => ({
      status: 403,
      code: 'AccessDenied',
      message: `User: ${key.arn} is not authorized to perform: ${action} on resource: ${roleArn}`,
    });
    const trusted = (role?.trusts ?? []).some((one) => withoutPath(one) === canonicalPrincipal(key.arn));
    const external = role?.externalId === undefined || role.externalId === externalId;
    if (role === undefined || !trusted || !external) return refuse('sts:AssumeRole');
    const keys = Object.keys(tags);
    if (role.tagKeys !== undefined && keys.some((name) => !role.tagKeys?.includes(name)))
      return refuse('sts:AssumeRole');
    if (Object.entries(tags).flat().join('').length > this.#account.packedBytes)
      return {
        status: 400,
        code: 'PackedPolicyTooLarge',
        message: 'Serialized token too large for session',
      };
    const allowed = role.allowsToo ?? [];
    const inherited = key.transitiveTags ?? {};
    const tagged = keys.length + Object.keys(inherited).length > 0;
    if (tagged && !allowed.includes('sts:TagSession')) return refuse('sts:TagSession');
    const named = sourceIdentity ?? key.sourceIdentity;
    if (named !== undefined && !allowed.includes('sts:SetSourceIdentity'))
      return refuse('sts:SetSourceIdentity');
    if (key.sourceIdentity !== undefined && named !== key.sourceIdentity)
      return refuse('sts:SetSourceIdentity');
    if (keys.some((name) => name in inherited))
      return {
        status: 400,
        code: 'InvalidParameterValue',
        message: 'One of the specified transitive tag keys can not be set because it conflicts',
      };
    return undefined;
  }

  #record(request: AssumeRoleRequest, key: IssuedKey, refusal: StsFailure | undefined): void {
    const { roleArn, sessionName, sourceIdentity, tags } = request;
    this.trail.push({
      eventName: 'AssumeRole',
      userIdentity: { arn: key.arn },
      requestParameters: {
        roleArn,
        roleSessionName: sessionName,
        ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
        ...(Object.keys(tags).length === 0 ? {} : { principalTags: tags }),
      },
      ...(refusal === undefined ? {} : { errorCode: refusal.code, errorMessage: refusal.message }),
    });
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

  #session(
    action: string,
    role: Role,
    sessionName: string,
    seconds: number,
    accept: string,
    carried: SessionInit = {},
  ): AwsAnswer {
    const session = this.#account.startSession(role, sessionName, seconds, carried);
    const { sourceIdentity } = session;
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
        ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
      },
      accept,
    );
  }
}

function parametersOf({ method, target, body }: AwsCall): URLSearchParams {
  return new URLSearchParams(method === 'POST' ? body : (target.split('?')[1] ?? ''));
}
