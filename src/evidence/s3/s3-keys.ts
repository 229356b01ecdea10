import { bundleSegments } from '../object-name.ts';
import type { S3Settings } from './s3-settings.ts';

/** Where the objects of a bundle lie: `<prefix><case>/<run>/`. Throws `evidence-store` for a name that is none. */
export const bundlePrefix = (settings: Pick<S3Settings, 'prefix'>, bundle: string): string =>
  `${settings.prefix}${bundleSegments(bundle).join('/')}/`;

/** As people are told it. */
export const s3Location = ({ bucket, prefix }: Pick<S3Settings, 'bucket' | 'prefix'>): string =>
  `s3://${bucket}/${prefix}`;
