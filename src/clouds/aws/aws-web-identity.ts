import { awsClientConfig } from './aws-client-config.ts';
import { awsCredentialProblem, awsFailure, awsFailureKind } from './aws-failure.ts';
import type { AwsIdentity } from './aws-identity.ts';
import { type AwsRole, identityOf, type RoleContext, stsSwitchedOff } from './aws-role.ts';

const BAD_TOKENS: ReadonlySet<string> = new Set([
  'InvalidIdentityToken',
  'InvalidIdentityTokenException',
  'ExpiredToken',
  'ExpiredTokenException',
]);

/** STS AssumeRoleWithWebIdentity, which is not signed: the token speaks for itself. */
export const assumeRoleWithWebIdentity = async (
  token: string,
  role: Pick<AwsRole, 'arn' | 'sessionName'>,
  { place, handler, surroundings, source }: RoleContext,
): Promise<AwsIdentity> => {
  const call = `sts:AssumeRoleWithWebIdentity in ${place.region}`;
  const unsigned = { accessKeyId: '', secretAccessKey: '' };
  const { AssumeRoleWithWebIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient(awsClientConfig(place, unsigned, handler, surroundings));
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
    throw stsSwitchedOff(error, place) ?? awsFailure(error, { call, source, place, skewMs: handler.skewMs });
  }
};
