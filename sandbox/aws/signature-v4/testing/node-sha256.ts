import { createHash, createHmac } from 'node:crypto';

type Source = string | ArrayBuffer | ArrayBufferView;

/** SHA-256 and its HMAC in the shape in which the official signer wants to be given them. */
export class NodeSha256 {
  readonly #parts: Uint8Array[] = [];
  readonly #secret: Uint8Array | undefined;

  constructor(secret?: Source) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
  }

  update(data: Source): void {
    this.#parts.push(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    const hash = this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
    return hash.update(Buffer.concat(this.#parts)).digest();
  }

  reset(): void {
    this.#parts.length = 0;
  }
}

function bytesOf(data: Source): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
