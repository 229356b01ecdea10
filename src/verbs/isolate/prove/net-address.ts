/** An address and port; IPv6 in its shortest form, IPv4 within IPv6 as IPv4. */
export interface NetAddress {
  readonly address: string;
  readonly port: number;
}

/** The kernel prints each 32-bit word in the host's order; all that Kubernetes runs on is little-endian but s390x. */
const wordBytes = (word: string): readonly number[] =>
  [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16));

/** As the API server writes it, so that the two can be compared. */
const shortest = (bytes: readonly number[]): string => {
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2)
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
};

const isMapped = (bytes: readonly number[]): boolean =>
  bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;

/** `0100007F:1F90` is 127.0.0.1:8080. Source: Linux, net/ipv4/tcp_ipv4.c and net/ipv6/tcp_ipv6.c. */
export const readNetAddress = (text: string): NetAddress | undefined => {
  const found = /^((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4})$/.exec(text);
  const hex = found?.[1];
  if (hex === undefined || (hex.length !== 8 && hex.length !== 32)) return undefined;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(wordBytes);
  const port = Number.parseInt(found?.[2] ?? '0', 16);
  if (hex.length === 8) return { address: bytes.join('.'), port };
  return { address: isMapped(bytes) ? bytes.slice(12).join('.') : shortest(bytes), port };
};
