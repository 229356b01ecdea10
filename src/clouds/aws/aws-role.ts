import type { Credentials } from '@aws-sdk/client-sts';
import type { FirebreakError } from '../../core/firebreak-error.ts';
import { awsClientConfig } from './aws-client-config.ts';
import { awsCredentialProblem, awsFailure, awsFailureKind, refusedPrincipal } from './aws-failure.ts';
import type { AwsIdentity } from './aws-identity.ts';
import type { AwsRequestHandler } from './aws-request-handler.ts';
import type { AwsSurroundings } from './aws-surroundings.ts';

/** Whom to ask for a role, and by what. */
export interface RoleContext {
  readonly region: string;
  readonly handler: AwsRequestHandler;
  readonly surroundings: AwsSurroundings;
  /** Where the asking credentials came from: for the sentence. */
  readonly source: string;
}

export interface AwsRole {
  readonly arn: string;
  readonly externalId?: string | undefined;
  readonly sessionName: string;
  readonly durationSeconds?: number | undefined;
}

/** RoleSessionName: at most 64 characters of `[\w+=,.@-]` (STS API reference, AssumeRole). */
export const roleSessionName = (cluster: string): string =>
  `firebreak-${cluster}`.replaceAll(/[^\w+=,.@-]/gu, '-').slice(0, 64);

const identityOf = (credentials: Credentials | undefined, call: string): AwsIdentity => {
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

const regionOff = (error: unknown, region: string): FirebreakError | undefined =>
  error instanceof Error && error.name === 'RegionDisabledException'
    ? awsCredentialProblem(
        `STS is switched off in the region ${region} for this account.`,
        'Activate it in IAM ▸ Account settings ▸ Security Token Service.',
        error,
      )
    : undefined;

const notAssumable = (error: unknown, role: AwsRole, { source }: RoleContext): FirebreakError => {
  const principal = refusedPrincipal(error);
  const who = principal === undefined ? `The identity from ${source}` : principal;
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
  const { region, handler, surroundings, source } = context;
  const call = `sts:AssumeRole in ${region}`;
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient(awsClientConfig(region, identity, handler, surroundings));
  try {
    const answer = await client.send(
      new AssumeRoleCommand({
        RoleArn: role.arn,
        RoleSessionName: role.sessionName,
        ExternalId: role.externalId,
        DurationSeconds: role.durationSeconds,
      }),
    );
    return identityOf(answer.Credentials, call);
  } catch (error) {
    if (awsFailureKind(error) === 'denied') throw notAssumable(error, role, context);
    if (awsFailureKind(error) === 'invalid')
      throw awsCredentialProblem(
        `AWS finds the request for the role ${role.arn} invalid.`,
        'Check roleArn (arn:aws:iam::<account>:role/<name>) and externalId.',
        error,
      );
    throw regionOff(error, region) ?? awsFailure(error, { call, source, skewMs: handler.skewMs });
  }
};

const BAD_TOKENS: ReadonlySet<string> = new Set([
  'InvalidIdentityToken',
  'InvalidIdentityTokenException',
  'ExpiredToken',
  'ExpiredTokenException',
]);

/** STS AssumeRoleWithWebIdentity, which is not signed: the token speaks for itself. */
export const assumeRoleWithWebIdentity = async (
  token: string,
  role: AwsRole,
  { region, handler, surroundings, source }: RoleContext,
): Promise<AwsIdentity> => {
  const call = `sts:AssumeRoleWithWebIdentity in ${region}`;
  const unsigned = { accessKeyId: '', secretAccessKey: '' };
  const { AssumeRoleWithWebIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient(awsClientConfig(region, unsigned, handler, surroundings));
  try {
    const answer = await client.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: role.arn,
        RoleSessionName: role.sessionName,
        WebIdentityToken: token,
      }),
    );
    return identityOf(answer.Credentials, call);
  } catch (error) {
    if (error instanceof Error && BAD_TOKENS.has(error.name))
      throw awsCredentialProblem(
        `AWS did not accept the web identity token (${source}) for the role ${role.arn}.`,
        "Check that the token is still renewed, and that the account has an IAM identity provider for its issuer with the audience 'sts.amazonaws.com'.",
        error,
      );
    if (awsFailureKind(error) === 'denied')
      throw awsCredentialProblem(
        `The web identity (${source}) may not assume the role ${role.arn}.`,
        "Let the role's trust policy allow sts:AssumeRoleWithWebIdentity to this service account (its `sub`).",
        error,
      );
    throw regionOff(error, region) ?? awsFailure(error, { call, source, skewMs: handler.skewMs });
  }
};
