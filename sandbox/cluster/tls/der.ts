/**
 * The few ASN.1 DER encoders that an X.509 certificate needs (ITU-T X.690). Each takes contents and
 * returns one tag-length-value.
 */
const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, body]);
};

export const sequence = (...parts: readonly Uint8Array[]) => tlv(0x30, ...parts);
export const setOf = (...parts: readonly Uint8Array[]) => tlv(0x31, ...parts);
export const octets = (...parts: readonly Uint8Array[]) => tlv(0x04, ...parts);
export const bits = (value: Uint8Array) => tlv(0x03, Buffer.of(0), value);
export const utf8 = (text: string) => tlv(0x0c, Buffer.from(text, 'utf8'));
export const yes = () => tlv(0x01, Buffer.of(0xff));
/** A context-specific field, `[n]`, that holds other fields. */
export const explicit = (n: number, ...parts: readonly Uint8Array[]) => tlv(0xa0 | n, ...parts);
/** A context-specific field, `[n]`, that replaces the tag of a primitive. */
export const implicit = (n: number, value: Uint8Array) => tlv(0x80 | n, value);

/** A non-negative integer from big-endian bytes. A leading zero keeps the sign bit clear. */
export const integer = (value: Uint8Array) =>
  tlv(0x02, (value[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), value]) : value);

/** UTCTime, to the second: what RFC 5280 asks for until the year 2049. */
export const time = (at: Date) =>
  tlv(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`, 'ascii'));

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const base128 = (n: number): number[] => {
    const out = [n & 0x7f];
    for (let left = n >> 7; left > 0; left >>= 7) out.unshift((left & 0x7f) | 0x80);
    return out;
  };
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}
