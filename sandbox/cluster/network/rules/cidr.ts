import { isIPv4 } from 'node:net';

/** An IPv4 block as nft takes it; undefined for anything else, an IPv6 block for instance. */
export function cidr(text: string): string | undefined {
  const [address = '', length = '32', ...more] = text.split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32 || more.length > 0)
    return undefined;
  return `${address}/${Number(length)}`;
}
