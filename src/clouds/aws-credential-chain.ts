import { readFile } from 'node:fs/promises';
import { fromHttp, fromIni, fromInstanceMetadata } from '@aws-sdk/credential-providers';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { AwsCredentialsInit } from './aws-credentials.ts';
import { awsCredentialProblem } from './aws-failure.ts';
import type { AwsIdentity } from './aws-identity.ts';
import { type AwsProfile, awsProfileFiles, readAwsProfile } from './aws-profile.ts';
import type { AwsRequestHandler } from './aws-request-handler.ts';
import { assumeRole, assumeRoleWithWebIdentity, type RoleContext } from './aws-role.ts';

/** Credentials, and where they came from, for people: `the profile prod (role)`. */
export interface SourcedIdentity {
  readonly identity: AwsIdentity;
  readonly source: string;
}

export interface ChainContext {
  readonly init: AwsCredentialsInit;
  readonly handler: AwsRequestHandler;
}

/** What a source says: credentials, or what was looked at in vain. */
type Found = SourcedIdentity | { readonly looked: string };
type Source = (context: ChainContext) => Promise<Found>;

/** For link-local addresses, which answer at once or never. */
const LOCAL_TIMEOUT_MS = 1_000;
const LOCAL_RETRIES = 1;

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** An empty variable counts as absent, as in a Compose file. */
const variable = ({ init }: ChainContext, name: string): string | undefined =>
  init.environment[name] === '' ? undefined : init.environment[name];

const roleContext = ({ init, handler }: ChainContext, source: string): RoleContext => ({
  region: init.region,
  handler,
  surroundings: init,
  source,
});

const fromEnvironment: Source = async (context) => {
  const accessKeyId = variable(context, 'AWS_ACCESS_KEY_ID');
  const secretAccessKey = variable(context, 'AWS_SECRET_ACCESS_KEY');
  const sessionToken = variable(context, 'AWS_SESSION_TOKEN');
  const expires = Date.parse(variable(context, 'AWS_CREDENTIAL_EXPIRATION') ?? '');
  if (accessKeyId === undefined || secretAccessKey === undefined)
    return { looked: 'the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)' };
  return {
    source: 'the environment',
    identity: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      ...(Number.isNaN(expires) ? {} : { expiration: new Date(expires) }),
    },
  };
};

const followProfile = async (
  name: string,
  { way, files }: AwsProfile,
  context: ChainContext,
): Promise<SourcedIdentity> => {
  const source = way === 'keys' ? `the profile ${name}` : `the profile ${name} (${way})`;
  const { handler, init } = context;
  const clientConfig = { requestHandler: handler };
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
        params.WebIdentityToken ?? '',
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
const fromProfile: Source = async (context) => {
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

/** IAM roles for service accounts (IRSA), and other OpenID Connect tokens in a file. */
const fromTokenFile: Source = async (context) => {
  const path = variable(context, 'AWS_WEB_IDENTITY_TOKEN_FILE');
  const arn = variable(context, 'AWS_ROLE_ARN');
  if (path === undefined || arn === undefined)
    return { looked: 'a service account’s role (AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN)' };
  const source = `the service account's role ${arn}`;
  const token = await readFile(path, 'utf8').catch((error: unknown) => {
    throw awsCredentialProblem(
      `The web identity token ${path} (AWS_WEB_IDENTITY_TOKEN_FILE) can't be read.`,
      'Check that the pod mounts it, and that Firebreak may read it.',
      error,
    );
  });
  const sessionName = variable(context, 'AWS_ROLE_SESSION_NAME') ?? 'firebreak';
  const role = { arn, sessionName };
  return {
    source,
    identity: await assumeRoleWithWebIdentity(token.trim(), role, roleContext(context, source)),
  };
};

/** EKS Pod Identity, and ECS: an endpoint on the machine that the environment names. */
const fromContainer: Source = async (context) => {
  const relative = variable(context, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI');
  const full = variable(context, 'AWS_CONTAINER_CREDENTIALS_FULL_URI');
  if (relative === undefined && full === undefined)
    return { looked: 'Pod Identity (AWS_CONTAINER_CREDENTIALS_FULL_URI)' };
  const token = variable(context, 'AWS_CONTAINER_AUTHORIZATION_TOKEN');
  const tokenFile = variable(context, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE');
  try {
    const provide = fromHttp({
      // Where both are set, the SDK would take this one too, and say so on the console.
      ...(relative === undefined
        ? { awsContainerCredentialsFullUri: full ?? '' }
        : { awsContainerCredentialsRelativeUri: relative }),
      ...(tokenFile === undefined ? {} : { awsContainerAuthorizationTokenFile: tokenFile }),
      ...(token === undefined || tokenFile !== undefined ? {} : { awsContainerAuthorizationToken: token }),
      timeout: LOCAL_TIMEOUT_MS,
      maxRetries: LOCAL_RETRIES,
      logger: SILENT,
    });
    return { source: 'Pod Identity or the container', identity: await provide() };
  } catch (error) {
    throw awsCredentialProblem(
      'The endpoint that AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI names gave no credentials.',
      "Check that the EKS Pod Identity Agent runs on this node, and that the pod's service account has an association.",
      error,
    );
  }
};

/** The role of the machine, by version 2 of the instance metadata service alone. */
const fromInstance: Source = async (context) => {
  const disabled = variable(context, 'AWS_EC2_METADATA_DISABLED');
  if (disabled !== undefined && disabled !== 'false')
    return { looked: 'no instance profile (AWS_EC2_METADATA_DISABLED)' };
  try {
    const provide = fromInstanceMetadata({
      timeout: LOCAL_TIMEOUT_MS,
      maxRetries: LOCAL_RETRIES,
      ec2MetadataV1Disabled: true,
      logger: SILENT,
    });
    return { source: 'the instance profile', identity: await provide() };
  } catch {
    return { looked: 'the instance profile (no answer from instance metadata)' };
  }
};

const SOURCES: readonly Source[] = [fromEnvironment, fromProfile, fromTokenFile, fromContainer, fromInstance];

/**
 * The first source that is configured is the one: when it fails, its sentence is told, and no other identity is taken
 * in its place. A profile that the configuration names is the only source. Throws `cluster-credentials`, and
 * `cluster-unreachable` or `cluster-throttled` of STS.
 */
export const findAwsIdentity = async (context: ChainContext): Promise<SourcedIdentity> => {
  const looked: string[] = [];
  for (const source of context.init.profile === undefined ? SOURCES : [fromProfile]) {
    const found = await source(context);
    if ('identity' in found) return found;
    looked.push(found.looked);
  }
  throw awsCredentialProblem(
    `Firebreak found no AWS credentials. It looked at ${looked.join('; ')}.`,
    'Give its pod an IAM role (Pod Identity or IRSA), or set a profile for the cluster.',
  );
};
