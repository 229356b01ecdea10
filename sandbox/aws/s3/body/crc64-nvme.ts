const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const LOW_32 = 0xffffffffn;
const ALL_64 = 0xffffffffffffffffn;

// Two halves of 32 bits, because arithmetic on BigInt for every byte would be slow.
const HIGH = new Int32Array(256);
const LOW = new Int32Array(256);
for (let index = 0; index < 256; index++) {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ POLYNOMIAL : value >> 1n;
  HIGH[index] = Number(BigInt.asIntN(32, value >> 32n));
  LOW[index] = Number(BigInt.asIntN(32, value & LOW_32));
}

/** CRC-64/NVME (NVM Express base specification, 64b CRC), to be continued with its own result. */
export function crc64Nvme(data: Uint8Array, before = 0n): bigint {
  const start = before ^ ALL_64;
  let high = Number(BigInt.asIntN(32, start >> 32n));
  let low = Number(BigInt.asIntN(32, start & LOW_32));
  for (const byte of data) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (LOW[index] ?? 0);
    high = (high >>> 8) ^ (HIGH[index] ?? 0);
  }
  return ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)) ^ ALL_64;
}
