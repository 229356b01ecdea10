import { PartBuffer } from './part-buffer.ts';
import { type SentPart, uploadPart } from './s3-calls.ts';
import type { S3Session } from './s3-session.ts';

/** Parts that are on their way at once, while one more is gathered: three parts of memory at most. */
const PARTS_AT_ONCE = 2;

/** Sends the parts of one upload, two at a time. The first failure is thrown by the call after it. */
export class PartSender {
  readonly #session: S3Session;
  readonly #upload: { readonly key: string; readonly uploadId: string };
  readonly #partBytes: number;
  readonly #sent: SentPart[] = [];
  readonly #free: PartBuffer[] = [];
  readonly #underway = new Set<Promise<void>>();
  #failure: { readonly thrown: unknown } | undefined;
  #number = 0;

  constructor(
    session: S3Session,
    upload: { readonly key: string; readonly uploadId: string },
    partBytes: number,
  ) {
    this.#session = session;
    this.#upload = upload;
    this.#partBytes = partBytes;
  }

  get count(): number {
    return this.#number;
  }

  /** Takes the buffer over and resolves with another one as soon as there is room. */
  async send(part: PartBuffer): Promise<PartBuffer> {
    while (this.#underway.size >= PARTS_AT_ONCE) await Promise.race(this.#underway);
    this.#throwFailure();
    this.#number += 1;
    const sending: Promise<void> = uploadPart(this.#session, this.#upload, {
      number: this.#number,
      ...part.content(),
    })
      .then((sent) => {
        this.#sent.push(sent);
        part.clear();
        this.#free.push(part);
      })
      .catch((thrown: unknown) => {
        this.#failure ??= { thrown };
      })
      .finally(() => this.#underway.delete(sending));
    this.#underway.add(sending);
    return this.#free.pop() ?? new PartBuffer(this.#partBytes, this.#partBytes);
  }

  /** Waits for all of them. Resolves with the parts in their order. */
  async all(): Promise<readonly SentPart[]> {
    await this.settled();
    this.#throwFailure();
    return this.#sent.toSorted((a, b) => a.PartNumber - b.PartNumber);
  }

  /** Resolves when nothing is on its way, however that ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#underway);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }
}
