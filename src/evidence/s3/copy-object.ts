import { randomUUID } from 'node:crypto';
import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import type { UploadJournal } from '../../core/evidence.ts';
import {
  completeUpload,
  createUpload,
  headObject,
  type LyingObject,
  type SentPart,
  WRITER_METADATA,
} from './s3-calls.ts';
import { isRefusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';
import { writeHeaders } from './write-headers.ts';

export interface CopyTools {
  readonly session: S3Session;
  readonly journal: UploadJournal;
  /** CopyObject takes 5 GiB at most, and more than this is slow in one call. */
  readonly copyBytes: number;
}

/** From key to key; `bundle` and `name` of the target are for the journal. */
interface Copy {
  readonly from: string;
  readonly source: LyingObject;
  readonly to: string;
  readonly bundle: string;
  readonly name: string;
}

const sourceOf = (session: S3Session, { from, source }: Copy): string => {
  const path = [session.settings.bucket, ...from.split('/')].map(encodeURIComponent).join('/');
  return source.version === undefined ? path : `${path}?versionId=${encodeURIComponent(source.version)}`;
};

const copyWhole = async (session: S3Session, copy: Copy, signal: AbortSignal): Promise<void> => {
  await session.call('CopyObject', signal, (client) =>
    client.send(
      new CopyObjectCommand({
        Bucket: session.settings.bucket,
        Key: copy.to,
        CopySource: sourceOf(session, copy),
        CopySourceIfMatch: copy.source.etag,
        IfNoneMatch: '*',
        ChecksumAlgorithm: 'SHA256',
        ...writeHeaders(session),
      }),
      { abortSignal: signal },
    ),
  );
};

/** Its upload is in the journal like any other. One below `superseded-<n>/` that a dead process left is aborted: its source still lies there. */
const copyInParts = async (
  { session, journal, copyBytes }: CopyTools,
  copy: Copy,
  signal: AbortSignal,
): Promise<void> => {
  const { to: key, source } = copy;
  const id = randomUUID();
  await journal.begin({ id, bundle: copy.bundle, name: copy.name });
  const uploadId = await createUpload(session, key, source.metadata, signal);
  await journal.multipart(id, uploadId);
  const parts: SentPart[] = [];
  for (let start = 0; start < source.bytes; start += copyBytes) {
    const end = Math.min(start + copyBytes, source.bytes) - 1;
    const PartNumber = parts.length + 1;
    const { CopyPartResult } = await session.call('UploadPartCopy', signal, (client) =>
      client.send(
        new UploadPartCopyCommand({
          Bucket: session.settings.bucket,
          Key: key,
          UploadId: uploadId,
          PartNumber,
          CopySource: sourceOf(session, copy),
          CopySourceIfMatch: source.etag,
          CopySourceRange: `bytes=${start}-${end}`,
        }),
        { abortSignal: signal },
      ),
    );
    const { ETag = '', ChecksumSHA256 } = CopyPartResult ?? {};
    parts.push({ PartNumber, ETag, ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 }) });
  }
  await completeUpload(session, { key, uploadId }, parts, source.bytes);
  await journal.end(id);
};

/**
 * Copies within the bucket, encrypted and locked like everything that is written, and never over an object that lies there.
 * `gone`: the source was moved by somebody else.
 */
export const copyObject = async (
  tools: CopyTools,
  copy: Copy,
  signal: AbortSignal,
): Promise<'copied' | 'gone'> => {
  try {
    if (copy.source.bytes > tools.copyBytes) await copyInParts(tools, copy, signal);
    else await copyWhole(tools.session, copy, signal);
    return 'copied';
  } catch (thrown) {
    if (isRefusal(thrown, 'NoSuchKey', 'NoSuchVersion', 'NotFound')) return 'gone';
    if (!isRefusal(thrown, 'PreconditionFailed', 'NoSuchUpload')) throw thrown;
    // The first answer was lost, or a slow worker moves the same object.
    const lying = await headObject(tools.session, copy.to, signal);
    if (lying?.bytes === copy.source.bytes && lying.metadata[WRITER_METADATA] === copy.source.writer)
      return 'copied';
    if ((await headObject(tools.session, copy.from, signal))?.etag !== copy.source.etag) return 'gone';
    throw thrown;
  }
};
