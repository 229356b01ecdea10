/** An address and port as `/proc/net/tcp` writes them; IPv4 as dotted quad, IPv6 in full groups. */
export interface NetAddress {
  readonly address: string;
  readonly port: number;
}

/** The kernel prints each 32-bit word in the host's order; all that Kubernetes runs on is little-endian but s390x. */
const wordBytes = (word: string): readonly number[] =>
  [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16));

const quad = (bytes: readonly number[]): string => bytes.join('.');

const groups = (bytes: readonly number[]): string => {
  const parts: string[] = [];
  for (let at = 0; at < 16; at += 2)
    parts.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return parts.join(':');
};

/** `0100007F:1F90` is 127.0.0.1:8080. Source: Linux, net/ipv4/tcp_ipv4.c and net/ipv6/tcp_ipv6.c. */
export const readNetAddress = (text: string): NetAddress | undefined => {
  const found = /^((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4})$/.exec(text);
  const hex = found?.[1];
  if (hex === undefined || (hex.length !== 8 && hex.length !== 32)) return undefined;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(wordBytes);
  return {
    address: hex.length === 8 ? quad(bytes) : groups(bytes),
    port: Number.parseInt(found?.[2] ?? '0', 16),
  };
};
