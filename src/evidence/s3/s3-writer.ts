import { createHash } from 'node:crypto';
import type { ArtifactWriter, UploadJournal, WrittenObject } from '../../core/evidence.ts';
import { PartBuffer } from './part-buffer.ts';
import { PartSender } from './part-sender.ts';
import { type OwnObject, publishOnce } from './publish-once.ts';
import {
  abortUpload,
  completeUpload,
  createUpload,
  deleteObject,
  headObject,
  NEVER,
  type Published,
  putObject,
  WRITER_METADATA,
} from './s3-calls.ts';
import { tooLarge } from './s3-failure.ts';
import { isRefusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';

/** Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
const MAX_PARTS = 10_000;

export interface S3WriterPlace {
  readonly session: S3Session;
  readonly journal: UploadJournal;
  readonly key: string;
  /** The journal's id of this object. */
  readonly writer: string;
  readonly partBytes: number;
  /** Turns whatever failed into a sentence. */
  readonly explain: (thrown: unknown) => Error;
  /** What a writer is told whose bundle another capture took over. */
  readonly superseded: () => Error;
}

/**
 * Writes one object: whole by PutObject while it fits into a part, else by a multipart upload of unknown length. What
 * failed stays in the journal, so that `unfinished` or `supersede` keeps what arrived.
 */
export class S3Writer implements ArtifactWriter {
  readonly #place: S3WriterPlace;
  readonly #hash = createHash('sha256');
  #part: PartBuffer;
  #upload: { readonly id: string; readonly sender: PartSender } | undefined;
  #bytes = 0;
  #state: 'open' | 'closed' = 'open';

  constructor(place: S3WriterPlace) {
    this.#place = place;
    this.#part = new PartBuffer(place.partBytes);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#requireOpen();
    try {
      for (let rest = bytes; rest.length > 0; ) {
        rest = rest.subarray(this.#part.add(rest));
        if (this.#part.isFull) await this.#send();
      }
    } catch (thrown) {
      this.#state = 'closed';
      throw await this.#explained(thrown);
    }
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  async close(): Promise<WrittenObject> {
    this.#requireOpen();
    this.#state = 'closed';
    try {
      const { version } = await this.#publish();
      return {
        bytes: this.#bytes,
        sha256: this.#hash.digest('hex'),
        ...(version === undefined ? {} : { version }),
      };
    } catch (thrown) {
      throw await this.#explained(thrown);
    }
  }

  async #send(): Promise<void> {
    this.#upload ??= await this.#begin();
    const { sender } = this.#upload;
    if (sender.count === MAX_PARTS) throw tooLarge(MAX_PARTS * this.#place.partBytes);
    this.#part = await sender.send(this.#part);
  }

  async #begin(): Promise<{ readonly id: string; readonly sender: PartSender }> {
    const { session, journal, key, writer, partBytes, superseded } = this.#place;
    // Known now, it spares an upload that could not be published in the end.
    if ((await headObject(session, key, NEVER)) !== undefined) throw superseded();
    const uploadId = await createUpload(session, key, { [WRITER_METADATA]: writer }, NEVER);
    if ((await journal.multipart(writer, uploadId)) === 'superseded') {
      await abortUpload(session, { key, uploadId }, NEVER);
      await journal.end(writer);
      throw superseded();
    }
    return { id: uploadId, sender: new PartSender(session, { key, uploadId }, partBytes) };
  }

  async #publish(): Promise<Published> {
    const { session, journal, key, writer, superseded } = this.#place;
    if (this.#upload !== undefined && this.#part.length > 0) await this.#send();
    const parts = await this.#upload?.sender.all();
    if ((await journal.standing(writer)) === 'superseded') throw superseded();
    const own: OwnObject = { key, writer, bytes: this.#bytes };
    const upload = this.#upload;
    const published = await publishOnce(session, own, () =>
      upload === undefined || parts === undefined
        ? putObject(session, { key, writer, ...this.#part.content() })
        : completeUpload(session, { key, uploadId: upload.id }, parts, this.#bytes),
    );
    if ((await journal.end(writer)) === 'superseded') {
      await this.#takeBack();
      throw superseded();
    }
    return published;
  }

  /** The capture was taken over between the look and the publication. What its successor publishes is not touched. */
  async #takeBack(): Promise<void> {
    const { session, key, writer } = this.#place;
    const lying = await headObject(session, key, NEVER);
    if (lying?.writer === writer) await deleteObject(session, { key, etag: lying.etag }, NEVER);
  }

  /**
   * When nothing is on its way any more, so that who ends the upload finds all that arrived. An upload or a name that is
   * gone may have been taken by a successor, which is another sentence.
   */
  async #explained(thrown: unknown): Promise<Error> {
    await this.#upload?.sender.settled();
    const { journal, writer, superseded, explain } = this.#place;
    if (!isRefusal(thrown, 'NoSuchUpload', 'PreconditionFailed')) return explain(thrown);
    if (thrown.code === 'PreconditionFailed') {
      // The name is somebody else's: nothing of this can ever be published. The failure to tell is still that one.
      await this.#abandon().catch(() => undefined);
      return superseded();
    }
    const standing = await journal.standing(writer).catch(() => 'open' as const);
    return standing === 'superseded' ? superseded() : explain(thrown);
  }

  async #abandon(): Promise<void> {
    const { session, journal, key, writer } = this.#place;
    if (this.#upload !== undefined) await abortUpload(session, { key, uploadId: this.#upload.id }, NEVER);
    await journal.end(writer);
  }

  #requireOpen(): void {
    if (this.#state === 'closed') throw this.#place.superseded();
  }
}
