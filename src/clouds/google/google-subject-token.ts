import { AwsClient, IdentityPoolClient } from 'google-auth-library';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { homePath } from '../access/home-path.ts';
import { googleAwsSupplier } from './google-aws-supplier.ts';
import type { GoogleContext } from './google-context.ts';
import type { ExternalAccountJson } from './google-credentials-json.ts';
import { googleCredentialProblem } from './google-failure.ts';
import { googleRefusal } from './google-refusal.ts';

interface SubjectToken {
  readonly text: string;
  /** For people: `the file /var/run/token`. */
  readonly from: string;
}

const refuse = (json: ExternalAccountJson, where: string): void => {
  const { executable, certificate } = json.credential_source;
  if (executable !== undefined)
    throw googleCredentialProblem(
      `The credentials in ${where} get their token from a program (credential_source.executable), and Firebreak starts no programs.`,
      'Let that program write the token to a file that is renewed, and name it by credential_source.file; or serve it, by credential_source.url.',
    );
  if (certificate !== undefined)
    throw googleCredentialProblem(
      `The credentials in ${where} are an X.509 certificate (credential_source.certificate), which this version does not use.`,
      'Use a token by credential_source.file or credential_source.url, or an AWS source.',
    );
};

const subjectOf = (json: ExternalAccountJson, where: string): string => {
  const { file, url, environment_id: aws } = json.credential_source;
  if (aws !== undefined) return 'AWS credentials';
  if (file !== undefined) return `the file ${file}`;
  if (url !== undefined) return new URL(url).host;
  throw googleCredentialProblem(
    `The credentials in ${where} name no source of a token (credential_source).`,
    'Create them again by `gcloud iam workload-identity-pools create-cred-config`.',
  );
};

const fetchSubjectToken = (json: ExternalAccountJson, context: GoogleContext): Promise<string> => {
  const { surroundings, transport } = context;
  const { audience, subject_token_type, credential_source: source } = json;
  const shared = {
    type: json.type,
    audience,
    subject_token_type,
    token_url: json.token_url,
    transporter: transport.gaxios,
  };
  if (source.environment_id !== undefined)
    return new AwsClient({
      ...shared,
      aws_security_credentials_supplier: googleAwsSupplier(source, context),
    }).retrieveSubjectToken();
  const { format, headers, file, url } = source;
  return new IdentityPoolClient({
    ...shared,
    credential_source: {
      ...(file === undefined ? {} : { file: homePath(file, surroundings.home, surroundings.baseDir) }),
      ...(url === undefined ? {} : { url }),
      ...(headers === undefined ? {} : { headers: { ...headers } }),
      ...(format === undefined
        ? {}
        : {
            format: {
              type: format.type,
              ...(format.subject_token_field_name === undefined
                ? {}
                : { subject_token_field_name: format.subject_token_field_name }),
            },
          }),
    },
  }).retrieveSubjectToken();
};

/**
 * The token of another identity provider: from a file, from a URL, or an AWS identity. Throws `cluster-credentials`.
 * Source: AIP-4117.
 */
export const googleSubjectToken = async (
  json: ExternalAccountJson,
  where: string,
  context: GoogleContext,
): Promise<SubjectToken> => {
  refuse(json, where);
  const from = subjectOf(json, where);
  try {
    return { text: (await fetchSubjectToken(json, context)).trim(), from };
  } catch (error) {
    if (error instanceof FirebreakError) throw error;
    const { status, word } = googleRefusal(error);
    throw googleCredentialProblem(
      `${from} gave no token for the credentials in ${where} (${status === 0 ? word : `HTTP ${status}`}).`,
      'Check credential_source, that the token is there and renewed, and that Firebreak may read it.',
      error,
    );
  }
};
