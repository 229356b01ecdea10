import { FirebreakError } from '../../core/firebreak-error.ts';
import {
  type ChainContext,
  roleContext,
  SILENT,
  type Source,
  type SourcedIdentity,
  variable,
} from './aws-credential-source.ts';
import { awsCredentialProblem } from './aws-failure.ts';
import { type AwsProfile, awsProfileFiles, readAwsProfile } from './aws-profile.ts';
import { assumeRole } from './aws-role.ts';
import { assumeRoleWithWebIdentity } from './aws-web-identity.ts';

const followProfile = async (
  name: string,
  { way, files }: AwsProfile,
  context: ChainContext,
): Promise<SourcedIdentity> => {
  const source = way === 'keys' ? `the profile ${name}` : `the profile ${name} (${way})`;
  const { handler, init } = context;
  const clientConfig = { requestHandler: handler };
  const { fromIni } = await import('@aws-sdk/credential-providers');
  const follow = fromIni({
    ...files,
    profile: name,
    ignoreCache: true,
    logger: SILENT,
    clientConfig,
    parentClientConfig: { ...clientConfig, region: init.region },
    roleAssumer: (identity, params) =>
      assumeRole(
        identity,
        {
          arn: params.RoleArn ?? '',
          externalId: params.ExternalId,
          sessionName: ownSessionName(params.RoleSessionName),
          durationSeconds: params.DurationSeconds,
        },
        roleContext(context, source),
      ),
    roleAssumerWithWebIdentity: (params) =>
      assumeRoleWithWebIdentity(
        (params.WebIdentityToken ?? '').trim(),
        { arn: params.RoleArn ?? '', sessionName: ownSessionName(params.RoleSessionName) },
        roleContext(context, source),
      ),
  });
  try {
    return { source, identity: await follow() };
  } catch (error) {
    if (error instanceof FirebreakError) throw error;
    if (way === 'SSO')
      throw awsCredentialProblem(
        `The SSO session of the AWS profile ${name} has ended, or could not be used.`,
        `Run \`aws sso login --profile ${name}\` as the user that Firebreak runs as; a service better has an identity of its own.`,
        error,
      );
    throw awsCredentialProblem(
      `The AWS profile ${name} gave no credentials.`,
      `Check it in ${files.configFilepath} and ${files.filepath}, and the profiles and files that it names.`,
      error,
    );
  }
};

/** The SDK makes up a name with the time in it, where the profile has none. */
const ownSessionName = (name: string | undefined): string =>
  name === undefined || name.startsWith('aws-sdk-js-') ? 'firebreak' : name;

/** Keys, a role, a web identity or SSO of AWS's shared config files. */
export const fromProfile: Source = async (context) => {
  const { init } = context;
  const named = init.profile ?? variable(context, 'AWS_PROFILE');
  const name = named ?? 'default';
  const { configFilepath, filepath } = awsProfileFiles(init);
  const profile = await readAwsProfile(name, init);
  if (profile === undefined && named !== undefined)
    throw awsCredentialProblem(
      `There is no AWS profile ${name} in ${configFilepath} or ${filepath}.`,
      `Add it there, or correct ${init.profile === undefined ? 'AWS_PROFILE' : 'profile in the configuration'}.`,
    );
  if (profile !== undefined && profile.way !== 'nothing') return followProfile(name, profile, context);
  if (init.profile !== undefined)
    throw awsCredentialProblem(
      `The AWS profile ${name} leads to no credentials.`,
      'Give it keys, role_arn with source_profile, a web identity or SSO.',
    );
  return { looked: `the profile ${name} in ${configFilepath} and ${filepath}` };
};
