import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { AccessKeys, type S3AccessKey } from './access/access-keys.ts';
import type { KmsKey } from './access/kms-keys.ts';
import type { Place } from './call.ts';
import { Faults } from './faults/faults.ts';
import { inspect } from './inspect.ts';
import { receiveRequest } from './receive-request.ts';
import { RecordedRequests } from './recorded-requests.ts';
import type { BucketSeed, StandInS3 } from './stand-in-s3.ts';
import { Bodies } from './state/bodies.ts';
import type { Bucket } from './state/bucket.ts';

export interface S3Options {
  /** Where the bytes of objects and parts are kept; made when it is not there, and not removed at the end. */
  readonly folder: string;
  /** `{ name: 'evidence' }` without versioning and Object Lock when left out. */
  readonly buckets?: readonly BucketSeed[];
  /** One key that may do everything when left out. */
  readonly accessKeys?: readonly S3AccessKey[];
  /** The keys of KMS that exist; none when left out. */
  readonly kmsKeys?: readonly KmsKey[];
  /** 'us-east-1' when left out. A request signed for another one is refused. */
  readonly region?: string;
  /** The system's time when left out. It decides about signatures, expiry, retention and dates. */
  readonly clock?: () => Date;
  /** The smallest part but the last one; 5 MiB when left out, as at S3. */
  readonly minPartBytes?: number;
  /** Bytes that the store takes in all; beyond it answers XMinioStorageFull. No end when left out. */
  readonly capacityBytes?: number;
  /**
   * Whether a second completion of an upload is answered like the first ('remembered') or with NoSuchUpload
   * ('forgotten', when left out). The API reference allows the latter.
   */
  readonly completedUploads?: 'forgotten' | 'remembered';
  /** PEM; HTTPS instead of HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** A free one when left out. */
  readonly port?: number;
}

const DEFAULT_KEY: S3AccessKey = {
  accessKeyId: 'AKIASTANDINEVIDENCE1',
  secretAccessKey: 'stand-in+secret/with=signs0000000000000',
};
const DEFAULT_MIN_PART_BYTES = 5 * 1024 ** 2;

/** Starts S3 on 127.0.0.1. It ends with `await using`, or with Symbol.asyncDispose. */
export async function startS3(options: S3Options): Promise<StandInS3> {
  const seeds = options.buckets ?? [{ name: 'evidence' }];
  const clock = options.clock ?? (() => new Date());
  const accessKeys = new AccessKeys(options.accessKeys ?? [DEFAULT_KEY]);
  const [accessKey] = accessKeys.all();
  const [first] = seeds;
  if (accessKey === undefined || first === undefined) throw new Error('S3 needs a bucket and an access key');

  let capacity = options.capacityBytes;
  const problems: unknown[] = [];
  const place: Place = {
    buckets: new Map<string, Bucket>(),
    bodies: new Bodies(options.folder),
    kmsKeys: options.kmsKeys ?? [],
    region: options.region ?? 'us-east-1',
    minPartBytes: options.minPartBytes ?? DEFAULT_MIN_PART_BYTES,
    capacityBytes: () => capacity,
    completedUploads: options.completedUploads ?? 'forgotten',
  };
  const faults = new Faults();
  const requests = new RecordedRequests();
  const onProblem = (problem: unknown) => void problems.push(problem);
  const receiving = { place, accessKeys, faults, requests, clock, onProblem };
  const receive = (request: IncomingMessage, response: ServerResponse) =>
    void receiveRequest(receiving, request, response).catch((error: unknown) => {
      onProblem(error);
      response.destroy();
    });

  const server = options.tls === undefined ? createHttpServer() : createHttpsServer(options.tls);
  // Node would answer 100 Continue by itself, before it is known whether the request is refused.
  server.on('request', receive).on('checkContinue', receive);
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('S3 listens on no port');

  const looking = inspect(place, clock, first.name);
  for (const seed of seeds) looking.addBucket(seed);
  return {
    ...looking,
    endpoint: new URL(`${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`),
    bucket: first.name,
    region: place.region,
    accessKey,
    accessKeys,
    faults,
    requests: () => requests.all(),
    problems: () => [...problems],
    setCapacity: (bytes) => {
      capacity = bytes;
    },
    [Symbol.asyncDispose]: async () => {
      faults.clear();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
