import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import { crc64Nvme } from './crc64-nvme.ts';

/** The algorithms of S3's x-amz-checksum-* headers. */
export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

export interface Checksum {
  update(data: Uint8Array): void;
  /** Base64 of the big-endian bytes. */
  digest(): string;
}

export function newChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case 'CRC32':
      return crc<number>(0, crc32, base64Of32);
    case 'CRC32C':
      return crc<number>(0, crc32c, base64Of32);
    case 'CRC64NVME':
      return crc(0n, crc64Nvme, base64Of64);
    case 'SHA1':
    case 'SHA256': {
      const hash = createHash(algorithm);
      return { update: (data) => void hash.update(data), digest: () => hash.digest('base64') };
    }
  }
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** The name of the element in XML, `ChecksumCRC32`. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

/** A checksum over the parts' checksums: `<base64>-<number of parts>`. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): string {
  const checksum = newChecksum(algorithm);
  for (const part of parts) checksum.update(Buffer.from(part, 'base64'));
  return `${checksum.digest()}-${parts.length}`;
}

function crc<T>(start: T, step: (data: Uint8Array, before: T) => T, text: (value: T) => string): Checksum {
  let value = start;
  return {
    update: (data) => {
      value = step(data, value);
    },
    digest: () => text(value),
  };
}

function base64Of32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString('base64');
}

function base64Of64(value: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes.toString('base64');
}
