import type { AwsSecurityCredentialsSupplier } from 'google-auth-library';
import { awsCredentials } from '../aws/aws-credentials.ts';
import type { GoogleContext } from './google-context.ts';
import type { ExternalAccountJson } from './google-credentials-json.ts';
import { googleCredentialProblem } from './google-failure.ts';
import { variable } from './google-surroundings.ts';

/** Whose STS is asked for a role, where nobody names a region. */
const FALLBACK_REGION = 'us-east-1';

/** An availability zone, less its letter. */
const regionOf = (zone: unknown): string | undefined =>
  typeof zone === 'string' ? /^([a-z]{2}(?:-[a-z]+)+-\d)[a-z]?\s*$/u.exec(zone)?.[1] : undefined;

const askRegion = async (
  { region_url: url, imdsv2_session_token_url: sessionUrl }: ExternalAccountJson['credential_source'],
  { transport }: GoogleContext,
): Promise<string | undefined> => {
  if (url === undefined) return undefined;
  const headers: Record<string, string> = {};
  if (sessionUrl !== undefined) {
    const session = await transport.gaxios.request<string>({
      method: 'PUT',
      url: sessionUrl,
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '300' },
      responseType: 'text',
    });
    headers['x-aws-ec2-metadata-token'] = session.data;
  }
  const answer = await transport.send({ method: 'GET', url, headers });
  return regionOf(answer.body);
};

/**
 * AWS credentials by Firebreak's own chain, so that a pod's role (IRSA, Pod Identity) serves too, and a program in a
 * profile is refused. The library's own supplier reads the process's environment.
 */
export const googleAwsSupplier = (
  source: ExternalAccountJson['credential_source'],
  context: GoogleContext,
): AwsSecurityCredentialsSupplier => {
  const { surroundings } = context;
  const region = variable(surroundings, 'AWS_REGION') ?? variable(surroundings, 'AWS_DEFAULT_REGION');
  return {
    getAwsRegion: async () => {
      const found = region ?? (await askRegion(source, context));
      if (found === undefined)
        throw googleCredentialProblem(
          'The AWS source of the Google credentials names no region.',
          'Set AWS_REGION.',
        );
      return found;
    },
    getAwsSecurityCredentials: async () => {
      const { accessKeyId, secretAccessKey, sessionToken } = await awsCredentials({
        ...surroundings,
        region: region ?? FALLBACK_REGION,
      }).provide();
      return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { token: sessionToken }) };
    },
  };
};
