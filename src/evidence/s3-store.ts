import type { Clock } from '../core/clock.ts';
import type { EvidenceStore, UploadJournal } from '../core/evidence.ts';
import { bundlePrefix, endpointText, s3Location } from './s3/s3-keys.ts';
import type { S3Credentials, S3Settings } from './s3/s3-settings.ts';
import { withEndpoint } from './s3/with-endpoint.ts';

export interface S3StoreOptions {
  readonly settings: S3Settings;
  readonly credentials: S3Credentials;
  readonly journal: UploadJournal;
  readonly clock: Clock;
  /** HTTPS_PROXY and NO_PROXY; AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL. */
  readonly proxyEnvironment?: Readonly<Record<string, string | undefined>>;
  /** How often a call is tried in all. */
  readonly attempts?: number;
  /** Of each part but the last; S3 takes 5 MiB at least, and 10,000 parts. */
  readonly partBytes?: number;
  /** Above it, an object is copied in parts of this length; S3 takes 5 GiB at most. */
  readonly copyBytes?: number;
}

/** 10,000 of them are 156 GiB. */
const PART_BYTES = 16 * 1024 ** 2;
const COPY_BYTES = 1024 ** 3;
/** With the SDK's pauses between them, some seconds in all. */
const ATTEMPTS = 5;

/**
 * Evidence in a bucket of S3 or of a store that speaks its protocol. Objects are published by conditional writes, which
 * never overwrite. AWS's SDK is loaded with the first call.
 *
 * Throws `evidence-store` with what to do, and `superseded` for a name that is taken or a bundle that another capture
 * took over.
 */
export const createS3Store = (options: S3StoreOptions): EvidenceStore => {
  const settings = withEndpoint(options.settings, options.proxyEnvironment ?? {});
  const loaded = async () => {
    const { createS3Place } = await import('./s3/s3-place.ts');
    return createS3Place({
      proxyEnvironment: {},
      attempts: ATTEMPTS,
      partBytes: PART_BYTES,
      copyBytes: COPY_BYTES,
      ...options,
      settings,
    });
  };
  let loading: ReturnType<typeof loaded> | undefined;
  const place = () => {
    loading ??= loaded();
    return loading;
  };

  return {
    location: s3Location(settings),
    ...(settings.endpoint === undefined
      ? {}
      : { endpoint: { url: endpointText(settings.endpoint), region: settings.region } }),
    links: 'presigned',
    reference: (bundle) => `s3://${settings.bucket}/${bundlePrefix(settings, bundle)}`,
    create: async (...wanted) => (await place()).create(...wanted),
    supersede: async (...wanted) => (await place()).supersede(...wanted),
    unfinished: async (...wanted) => (await place()).unfinished(...wanted),
    inventory: async (...wanted) => (await place()).inventory(...wanted),
    link: async (...wanted) => (await place()).link(...wanted),
    check: async (...wanted) => (await place()).check(...wanted),
  };
};
