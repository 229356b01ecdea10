import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { BEFORE_SIGNING, knownPayloadHash } from './known-payload-hash.ts';
import { isRefusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';
import { writeHeaders } from './write-headers.ts';

/** An object as HEAD tells of it. */
export interface LyingObject {
  readonly bytes: number;
  readonly etag: string;
  /** Absent where the bucket keeps no versions. */
  readonly version: string | undefined;
  /** Of `WRITER_METADATA`: whose upload it came from. */
  readonly writer: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface SentPart {
  readonly PartNumber: number;
  readonly ETag: string;
  /** Base64. */
  readonly ChecksumSHA256?: string;
}

/** `x-amz-meta-…`: the journal's id of the upload, by which a writer knows its own object again. */
export const WRITER_METADATA = 'firebreak-upload';
const SHA256_METADATA = 'firebreak-sha256';

/** Published: S3's answer to the write. */
export interface Published {
  readonly version: string | undefined;
}

/**
 * For calls that are waited for whatever is asked meanwhile. A writer that is stopped publishes what arrived, so its calls
 * are among them. So is a completion: once it is on its way it may happen although nobody waits, and the name would be taken
 * by an object of which nobody knows. The time-outs of the connection bound each of them.
 */
export const NEVER = new AbortController().signal;

const published = (versionId: string | undefined): Published => ({
  version: versionId === 'null' ? undefined : versionId,
});

/** Puts a whole object that is not there yet. */
export const putObject = (
  session: S3Session,
  object: {
    readonly key: string;
    readonly writer: string;
    readonly body: Uint8Array;
    readonly sha256: Buffer;
  },
): Promise<Published> =>
  session.call('PutObject', NEVER, async (client) => {
    const command = new PutObjectCommand({
      Bucket: session.settings.bucket,
      Key: object.key,
      Body: object.body,
      IfNoneMatch: '*',
      ChecksumSHA256: object.sha256.toString('base64'),
      Metadata: {
        [WRITER_METADATA]: object.writer,
        [SHA256_METADATA]: object.sha256.toString('hex'),
      },
      ...writeHeaders(session),
    });
    command.middlewareStack.add(knownPayloadHash(object.sha256), BEFORE_SIGNING);
    const { VersionId } = await client.send(command);
    return published(VersionId);
  });

/** Begins a multipart upload. Its hash is not known yet, so its metadata can't hold it. Resolves with S3's id of it. */
export const createUpload = (
  session: S3Session,
  key: string,
  metadata: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> =>
  session.call('CreateMultipartUpload', signal, async (client) => {
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({
        Bucket: session.settings.bucket,
        Key: key,
        ChecksumAlgorithm: 'SHA256',
        Metadata: { ...metadata },
        ...writeHeaders(session),
      }),
      { abortSignal: signal },
    );
    if (UploadId === undefined) throw new Error('the answer names no upload');
    return UploadId;
  });

export const uploadPart = (
  session: S3Session,
  upload: { readonly key: string; readonly uploadId: string },
  part: { readonly number: number; readonly body: Uint8Array; readonly sha256: Buffer },
): Promise<SentPart> =>
  session.call('UploadPart', NEVER, async (client) => {
    const ChecksumSHA256 = part.sha256.toString('base64');
    const command = new UploadPartCommand({
      Bucket: session.settings.bucket,
      Key: upload.key,
      UploadId: upload.uploadId,
      PartNumber: part.number,
      Body: part.body,
      ChecksumSHA256,
    });
    command.middlewareStack.add(knownPayloadHash(part.sha256), BEFORE_SIGNING);
    const { ETag } = await client.send(command);
    if (ETag === undefined) throw new Error('the answer names no part');
    return { PartNumber: part.number, ETag, ChecksumSHA256 };
  });

/** Publishes what was uploaded, unless the name is taken. It takes no signal: see `NEVER`. */
export const completeUpload = (
  session: S3Session,
  upload: { readonly key: string; readonly uploadId: string },
  parts: readonly SentPart[],
  bytes: number,
): Promise<Published> =>
  session.call('CompleteMultipartUpload', NEVER, async (client) => {
    const { VersionId } = await client.send(
      new CompleteMultipartUploadCommand({
        Bucket: session.settings.bucket,
        Key: upload.key,
        UploadId: upload.uploadId,
        IfNoneMatch: '*',
        MpuObjectSize: bytes,
        MultipartUpload: { Parts: [...parts] },
      }),
    );
    return published(VersionId);
  });

/** An upload that is gone already is as good. */
export const abortUpload = async (
  session: S3Session,
  { key, uploadId }: { readonly key: string; readonly uploadId: string },
  signal: AbortSignal,
): Promise<void> => {
  try {
    await session.call('AbortMultipartUpload', signal, (client) =>
      client.send(
        new AbortMultipartUploadCommand({ Bucket: session.settings.bucket, Key: key, UploadId: uploadId }),
        { abortSignal: signal },
      ),
    );
  } catch (thrown) {
    if (!isRefusal(thrown, 'NoSuchUpload', 'NotFound')) throw thrown;
  }
};

export const headObject = async (
  session: S3Session,
  key: string,
  signal: AbortSignal,
): Promise<LyingObject | undefined> => {
  try {
    return await session.call('HeadObject', signal, async (client) => {
      const head = await client.send(new HeadObjectCommand({ Bucket: session.settings.bucket, Key: key }), {
        abortSignal: signal,
      });
      const metadata = head.Metadata ?? {};
      return {
        bytes: head.ContentLength ?? 0,
        etag: head.ETag ?? '',
        version: published(head.VersionId).version,
        writer: metadata[WRITER_METADATA],
        metadata,
      };
    });
  } catch (thrown) {
    if (isRefusal(thrown, 'NotFound', 'NoSuchKey')) return undefined;
    throw thrown;
  }
};

/**
 * Takes an object out of sight if it is still this one: a bucket with versions keeps it below a delete marker, and what is
 * locked stays in any case.
 */
export const deleteObject = async (
  session: S3Session,
  object: { readonly key: string; readonly etag: string },
  signal: AbortSignal,
): Promise<void> => {
  try {
    await session.call('DeleteObject', signal, (client) =>
      client.send(
        new DeleteObjectCommand({ Bucket: session.settings.bucket, Key: object.key, IfMatch: object.etag }),
        { abortSignal: signal },
      ),
    );
  } catch (thrown) {
    if (!isRefusal(thrown, 'NotFound', 'NoSuchKey', 'PreconditionFailed')) throw thrown;
  }
};
