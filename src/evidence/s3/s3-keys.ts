import { bundleSegments } from '../object-name.ts';
import type { S3Settings } from './s3-settings.ts';

/** Where the objects of a bundle lie: `<prefix><case>/<run>/`. Throws `evidence-store` for a name that is none. */
export const bundlePrefix = (settings: Pick<S3Settings, 'prefix'>, bundle: string): string =>
  `${settings.prefix}${bundleSegments(bundle).join('/')}/`;

/** `https://minio.example.com:9000`: without a user, and without a slash at its end, as one writes it or not. */
export const endpointText = (endpoint: string): string => {
  const url = URL.parse(endpoint);
  return url === null ? endpoint : `${url.origin}${url.pathname.replace(/\/+$/u, '')}`;
};

/** As people are told it: `s3://<bucket>/<prefix>`, and of a store other than AWS which one. It names one store alone. */
export const s3Location = ({
  bucket,
  prefix,
  endpoint,
}: Pick<S3Settings, 'bucket' | 'prefix' | 'endpoint'>): string =>
  `s3://${bucket}/${prefix}${endpoint === undefined ? '' : ` at ${endpointText(endpoint)}`}`;
