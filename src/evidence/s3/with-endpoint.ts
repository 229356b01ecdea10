import type { S3Settings } from './s3-settings.ts';

/** The first that is set leads. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
const VARIABLES = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const;

/**
 * The settings with the endpoint that the SDK would take from the environment. It is part of the store's name: buckets of
 * two stores may be called alike.
 */
export const withEndpoint = (
  settings: S3Settings,
  environment: Readonly<Record<string, string | undefined>>,
): S3Settings => {
  const endpoint = settings.endpoint ?? VARIABLES.map((name) => environment[name]).find(Boolean);
  return endpoint === undefined ? settings : { ...settings, endpoint };
};
