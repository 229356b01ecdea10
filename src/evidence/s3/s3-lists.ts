import { ListMultipartUploadsCommand, ListObjectsV2Command, ListPartsCommand } from '@aws-sdk/client-s3';
import type { SentPart } from './s3-calls.ts';
import { isRefusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';

export interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
}

/** Keys below a prefix, sorted. */
export const listKeys = async (
  session: S3Session,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const keys: string[] = [];
  for (let from: string | undefined; ; ) {
    const page = await session.call('ListObjectsV2', signal, (client) =>
      client.send(
        new ListObjectsV2Command({
          Bucket: session.settings.bucket,
          Prefix: prefix,
          ...(from === undefined ? {} : { ContinuationToken: from }),
        }),
        { abortSignal: signal },
      ),
    );
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    from = page.NextContinuationToken;
    if (page.IsTruncated !== true || from === undefined) return keys.sort();
  }
};

/** Multipart uploads below a prefix that nobody has completed or aborted. */
export const listUploads = async (
  session: S3Session,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly OpenUpload[]> => {
  const uploads: OpenUpload[] = [];
  for (let from: { KeyMarker: string; UploadIdMarker: string } | undefined; ; ) {
    const page = await session.call('ListMultipartUploads', signal, (client) =>
      client.send(
        new ListMultipartUploadsCommand({ Bucket: session.settings.bucket, Prefix: prefix, ...from }),
        { abortSignal: signal },
      ),
    );
    // Some compatible stores take the prefix for a hint.
    for (const { Key, UploadId } of page.Uploads ?? [])
      if (Key?.startsWith(prefix) === true && UploadId !== undefined)
        uploads.push({ key: Key, uploadId: UploadId });
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return uploads;
    from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker ?? '' };
  }
};

/** A part that arrived, with its length. */
interface ArrivedPart extends SentPart {
  readonly bytes: number;
}

/** The parts of an upload in their order; `gone` when it was completed or aborted. */
export const listParts = async (
  session: S3Session,
  { key, uploadId }: OpenUpload,
  signal: AbortSignal,
): Promise<readonly ArrivedPart[] | 'gone'> => {
  const parts: ArrivedPart[] = [];
  try {
    for (let from: string | undefined; ; ) {
      const page = await session.call('ListParts', signal, (client) =>
        client.send(
          new ListPartsCommand({
            Bucket: session.settings.bucket,
            Key: key,
            UploadId: uploadId,
            ...(from === undefined ? {} : { PartNumberMarker: from }),
          }),
          { abortSignal: signal },
        ),
      );
      for (const { PartNumber, ETag, Size, ChecksumSHA256 } of page.Parts ?? [])
        if (PartNumber !== undefined && ETag !== undefined)
          parts.push({
            PartNumber,
            ETag,
            bytes: Size ?? 0,
            ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 }),
          });
      from = page.NextPartNumberMarker;
      if (page.IsTruncated !== true || from === undefined)
        return parts.toSorted((a, b) => a.PartNumber - b.PartNumber);
    }
  } catch (thrown) {
    if (isRefusal(thrown, 'NoSuchUpload', 'NotFound')) return 'gone';
    throw thrown;
  }
};
