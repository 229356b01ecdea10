import { readFile } from 'node:fs/promises';
import {
  type ChainContext,
  roleContext,
  SILENT,
  type Source,
  type SourcedIdentity,
  variable,
} from './aws-credential-source.ts';
import { awsCredentialProblem } from './aws-failure.ts';
import { fromProfile } from './aws-profile-source.ts';
import { assumeRoleWithWebIdentity } from './aws-web-identity.ts';

/** For link-local addresses, which answer at once or never. */
const LOCAL_TIMEOUT_MS = 1_000;
const LOCAL_RETRIES = 1;

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
    const { fromHttp } = await import('@aws-sdk/credential-providers');
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
    const { fromInstanceMetadata } = await import('@aws-sdk/credential-providers');
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
