import { join } from 'node:path';
import { parseKnownFiles } from '@smithy/shared-ini-file-loader';
import { awsCredentialProblem } from './aws-failure.ts';
import type { AwsSurroundings } from './aws-surroundings.ts';

/** How a profile leads to credentials; `nothing` where it only holds settings such as a region. */
type AwsProfileWay = 'keys' | 'role' | 'web identity' | 'SSO' | 'nothing';

export interface AwsProfile {
  readonly way: AwsProfileWay;
  readonly files: AwsProfileFiles;
}

interface AwsProfileFiles {
  readonly configFilepath: string;
  readonly filepath: string;
}

export const awsProfileFiles = ({ home, environment }: AwsSurroundings): AwsProfileFiles => {
  const at = (path: string | undefined, name: string): string =>
    path === undefined || path === '' ? join(home, '.aws', name) : path.replace(/^~(?=\/)/u, home);
  return {
    configFilepath: at(environment['AWS_CONFIG_FILE'], 'config'),
    filepath: at(environment['AWS_SHARED_CREDENTIALS_FILE'], 'credentials'),
  };
};

type Section = Readonly<Record<string, string | undefined>>;

const refuse = (name: string, section: Section): void => {
  if (section['credential_process'] !== undefined)
    throw awsCredentialProblem(
      `The AWS profile ${name} gets its credentials from a program (credential_process), and Firebreak starts no programs.`,
      'Use a role by source_profile or web identity, SSO, or the identity of the pod or instance; for Roles Anywhere, run its helper as a metadata endpoint beside Firebreak.',
    );
  if (section['mfa_serial'] !== undefined)
    throw awsCredentialProblem(
      `The AWS profile ${name} asks for an MFA code, and nobody is there to type one.`,
      'Use a role whose trust policy asks for no MFA, such as one for the identity of the pod or instance.',
    );
  if (section['credential_source'] === 'Ec2InstanceMetadata')
    // The SDK would fall back to version 1 of the metadata service, and heed no AWS_EC2_METADATA_DISABLED.
    throw awsCredentialProblem(
      `The AWS profile ${name} takes its own credentials from the machine (credential_source = Ec2InstanceMetadata).`,
      'Set roleArn of the cluster in the configuration instead, and no profile: the identity of the machine is found without one.',
    );
  if (section['login_session'] !== undefined)
    throw awsCredentialProblem(
      `The AWS profile ${name} is a person's login (login_session).`,
      'Give Firebreak an identity of its own: a role by source_profile or web identity, or the one of the pod or instance.',
    );
};

const wayOf = (section: Section): AwsProfileWay => {
  const has = (key: string): boolean => section[key] !== undefined;
  if (has('role_arn') && (has('source_profile') || has('credential_source'))) return 'role';
  if (has('aws_access_key_id') && has('aws_secret_access_key')) return 'keys';
  if (has('web_identity_token_file') && has('role_arn')) return 'web identity';
  if (has('sso_session') || has('sso_start_url') || has('sso_account_id')) return 'SSO';
  return 'nothing';
};

/**
 * Reads a profile of AWS's shared config files before the SDK follows it, and every profile that it takes its own
 * credentials from. Throws `cluster-credentials` where one of them would start a program or ask a person.
 * `undefined` when there is no such profile. Source: AWS SDKs and Tools Reference Guide, "Shared config and
 * credentials files" and "Assume role credential provider".
 */
export const readAwsProfile = async (
  name: string,
  surroundings: AwsSurroundings,
): Promise<AwsProfile | undefined> => {
  const files = awsProfileFiles(surroundings);
  const profiles: Readonly<Record<string, Section>> = await parseKnownFiles({ ...files, ignoreCache: true });
  const first = profiles[name];
  if (first === undefined) return undefined;
  const seen = new Set<string>();
  for (let at = name; !seen.has(at); ) {
    seen.add(at);
    const section = profiles[at];
    if (section === undefined)
      throw awsCredentialProblem(
        `The AWS profile ${name} takes its credentials from the profile ${at}, which does not exist.`,
        `Add it to ${files.configFilepath} or ${files.filepath}, or correct source_profile.`,
      );
    refuse(at, section);
    at = section['source_profile'] ?? at;
  }
  return { way: wayOf(first), files };
};
