import type { Credentials } from '@aws-sdk/client-sts';
import type { FirebreakError } from '../../core/firebreak-error.ts';
import { assumeMarkedRole, type MarkedRole } from './assume-marked-role.ts';
import { awsClientConfig } from './aws-client-config.ts';
import {
  awsCredentialProblem,
  awsFailure,
  awsFailureKind,
  refusedAction,
  refusedPrincipal,
} from './aws-failure.ts';
import type { AwsIdentity } from './aws-identity.ts';
import { awsPartitionName } from './aws-partition.ts';
import type { AwsPlace } from './aws-place.ts';
import type { AwsRequestHandler } from './aws-request-handler.ts';
import type { AwsSurroundings } from './aws-surroundings.ts';
import type { SessionMarks } from './session-marks.ts';

/** Whom to ask for a role, and by what. */
export interface RoleContext {
  readonly place: AwsPlace;
  readonly handler: AwsRequestHandler;
  readonly surroundings: Pick<AwsSurroundings, 'clock'>;
  /** Where the asking credentials came from: for the sentence. */
  readonly source: string;
}

export interface AwsRole {
  readonly arn: string;
  readonly externalId?: string | undefined;
  readonly sessionName: string;
  readonly durationSeconds?: number | undefined;
  /** For a run. */
  readonly marked?: MarkedRole | undefined;
}

/** The keys of an answer of STS. */
export const identityOf = (credentials: Credentials | undefined, call: string): AwsIdentity => {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined)
    throw awsCredentialProblem(`AWS answered ${call} without credentials.`, 'Ask again.');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration === undefined ? {} : { expiration: Expiration }),
  };
};

/** A region that an account has to switch on first. */
export const stsSwitchedOff = (error: unknown, { region }: AwsPlace): FirebreakError | undefined =>
  error instanceof Error && error.name === 'RegionDisabledException'
    ? awsCredentialProblem(
        `STS is switched off in the region ${region} for this account.`,
        'Activate it in IAM ▸ Account settings ▸ Security Token Service.',
        error,
      )
    : undefined;

/** What the asking session passes on into the role, whether the call names it or not. */
const INHERITED: Readonly<Record<string, string>> = {
  'sts:TagSession': 'transitive session tags, as those of Pod Identity are, which go with it',
  'sts:SetSourceIdentity': 'a source identity, which goes with it',
};

const notAssumable = (error: unknown, role: AwsRole, { source }: RoleContext): FirebreakError => {
  const who = refusedPrincipal(error) ?? `The identity from ${source}`;
  const action = refusedAction(error) ?? 'sts:AssumeRole';
  const inherited = INHERITED[action];
  if (inherited !== undefined)
    return awsCredentialProblem(
      `${who} may not assume the role ${role.arn}: it has ${inherited}, and ${action} is not allowed.`,
      `Allow ${action} beside sts:AssumeRole, in the role's trust policy and in that identity's own policy.`,
      error,
    );
  const external =
    role.externalId === undefined
      ? 'without an externalId, so none may be asked for there'
      : 'with the externalId of the configuration as its sts:ExternalId';
  return awsCredentialProblem(
    `${who} may not assume the role ${role.arn}.`,
    `Let the role's trust policy allow sts:AssumeRole to it, ${external}, and allow sts:AssumeRole on the role in its own policy.`,
    error,
  );
};

/** STS AssumeRole. Throws `cluster-credentials` when it is refused, and what `awsFailure` makes of the rest. */
export const assumeRole = async (
  identity: AwsIdentity,
  role: AwsRole,
  context: RoleContext,
): Promise<AwsIdentity> => {
  const { place, handler, surroundings, source } = context;
  const call = `sts:AssumeRole in ${place.region}`;
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient(awsClientConfig(place, identity, handler, surroundings));
  const ask = async ({ sourceIdentity, tags }: SessionMarks): Promise<AwsIdentity> => {
    const command = new AssumeRoleCommand({
      RoleArn: role.arn,
      RoleSessionName: role.sessionName,
      ExternalId: role.externalId,
      DurationSeconds: role.durationSeconds,
      SourceIdentity: sourceIdentity,
      // None of them is transitive: the session assumes no further role.
      Tags: tags === undefined ? undefined : Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    });
    return identityOf((await client.send(command)).Credentials, call);
  };
  try {
    return role.marked === undefined ? await ask({}) : await assumeMarkedRole(role.arn, role.marked, ask);
  } catch (error) {
    if (awsFailureKind(error) === 'denied') throw notAssumable(error, role, context);
    if (awsFailureKind(error) === 'invalid')
      throw awsCredentialProblem(
        `AWS finds the request for the role ${role.arn} invalid.`,
        `Check roleArn (arn:${awsPartitionName(place.region)}:iam::<account>:role/<name>) and externalId.`,
        error,
      );
    throw stsSwitchedOff(error, place) ?? awsFailure(error, { call, source, place, skewMs: handler.skewMs });
  }
};
