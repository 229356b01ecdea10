import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3AccessKey } from '../access/access-keys.ts';
import type { StandInS3 } from '../stand-in-s3.ts';
import { type S3Options, startS3 } from '../start-s3.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A stand-in with the official client of its first key, and a way to make others. */
export interface S3ForTest extends AsyncDisposable {
  readonly s3: StandInS3;
  readonly client: S3Client;
  readonly folder: string;
  clientOf(key: S3AccessKey, config?: S3ClientConfig): S3Client;
}

export async function s3ForTest(
  options: Partial<S3Options> = {},
  config: S3ClientConfig = {},
): Promise<S3ForTest> {
  const folder = await temporaryFolder();
  const s3 = await startS3({ folder: folder.path, ...options });
  const clients: S3Client[] = [];
  const clientOf = (key: S3AccessKey, more: S3ClientConfig = {}) => {
    const client = new S3Client({
      endpoint: s3.endpoint.href,
      region: s3.region,
      credentials: key,
      forcePathStyle: true,
      // A test that counts requests wants to see each of them once.
      maxAttempts: 1,
      ...more,
    });
    clients.push(client);
    return client;
  };
  return {
    s3,
    client: clientOf(s3.accessKey, config),
    folder: folder.path,
    clientOf,
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.destroy();
      await s3[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
