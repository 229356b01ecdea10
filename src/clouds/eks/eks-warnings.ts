import type { SessionMarks } from '../aws/session-marks.ts';
import type { EksEndpoint } from './eks-endpoint.ts';
import type { EksSession } from './eks-session.ts';

/** An Identity Center role, however it was come by, is a person's. Source: IAM Identity Center user guide, role names. */
const PERSON = /\/AWSReservedSSO_|\(SSO\)/u;

const MARKS: Readonly<Record<keyof SessionMarks, string>> = {
  sourceIdentity: 'no source identity (sts:SetSourceIdentity)',
  tags: 'no session tags (sts:TagSession)',
};

/** Whole sentences about what works and should not stay so. `principal` is whom the cluster sees. */
export const eksWarnings = async (
  { own, options, refused }: EksSession,
  { authenticationMode }: EksEndpoint,
  principal: string | undefined,
): Promise<readonly string[]> => {
  const { sessionToken } = await own.provide();
  const source = own.source() ?? 'unknown source';
  const warnings: string[] = [];
  if (principal?.endsWith(':root') === true)
    warnings.push(`This is the root user of the AWS account (${source}). Give Firebreak a role of its own.`);
  if (sessionToken === undefined)
    warnings.push(
      `The access key of ${source} does not end by itself, and whoever copies it keeps it. Give Firebreak a role: Pod Identity, IRSA or an instance profile.`,
    );
  if (PERSON.test(source) || PERSON.test(principal ?? ''))
    warnings.push(
      `The credentials are a person's, and end with that person's session (${source}). Give Firebreak a role of its own.`,
    );
  if (authenticationMode === 'CONFIG_MAP')
    warnings.push(
      `The cluster takes identities from its aws-auth ConfigMap alone (authenticationMode CONFIG_MAP): whoever can write it can become anyone, and one mistake in it locks everyone out. Allow access entries by \`aws eks update-cluster-config --name ${options.name} --region ${options.region} --access-config authenticationMode=API_AND_CONFIG_MAP\`.`,
    );
  const left = options.roleArn === undefined ? [] : refused.of(options.roleArn).map((mark) => MARKS[mark]);
  if (left.length > 0)
    warnings.push(
      `CloudTrail says less of a run than it could: the role took ${left.join(' and ')}. Allow it in the role's trust policy and to the identity that assumes it.`,
    );
  return warnings;
};
