import { findHostTool } from '../runtime/host-tools.ts';

export interface NetworkTools {
  readonly ip: string;
  readonly nft: string;
}

/** The programs that make links and rules, or a sentence that names what is missing. */
export function findNetworkTools(): NetworkTools | string {
  const ip = findHostTool('ip');
  const nft = findHostTool('nft');
  if (ip === undefined) return 'this machine has no pod network: it has no ip (Debian package iproute2)';
  if (nft === undefined) return 'this machine has no pod network: it has no nft (Debian package nftables)';
  return { ip, nft };
}
