import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { z } from 'zod';
import type { Netns } from '../../../core/netns.ts';
import type { MarkedScript } from '../prove/run-marked.ts';

/** What was seen of a table: which one it is, and in which state. */
export interface SeenTable {
  /** The namespace's inode, as the kernel numbers it. */
  readonly net: string;
  readonly handle: string;
  /** SHA-256 of how nft lists it. */
  readonly digest: string;
}

export type NetnsDeed =
  | { readonly what: 'look' | 'try' | 'load' }
  | { readonly what: 'remove'; readonly seen: SeenTable };

/** The pod as the API server has it by now. */
export interface NetnsPod {
  readonly addresses: readonly string[];
  /** Ids as the runtime gave them, the one to be trusted most first. */
  readonly containers: readonly string[];
}

/** Ends all of it at the source, before the connection is given up. */
const VISIT_SECONDS = 15;
const TEXT = readFileSync(new URL('netns.sh', import.meta.url), 'utf8');

const idSchema = z.string().regex(/^[0-9a-f]{12,128}$/u);
const addressSchema = z.union([z.ipv4(), z.ipv6()]);
const seenSchema = z.strictObject({
  net: z.string().regex(/^\d{1,20}$/u),
  handle: z.string().regex(/^\d{1,20}$/u),
  digest: z.string().regex(/^[0-9a-f]{64}$/u),
});

/** Checked once more where it becomes a shell's: then it holds nothing that a shell reads as more than words. */
const assignments = ({ spec }: Netns, { addresses, containers }: NetnsPod, deed: NetnsDeed) => {
  const from = z.array(addressSchema).parse(spec.admits.from);
  const seen = deed.what === 'remove' ? seenSchema.parse(deed.seen) : { net: '', handle: '', digest: '' };
  return {
    FB_DO: deed.what,
    FB_POD: z.uuid().parse(spec.pod.uid),
    FB_CONTAINERS: z.array(idSchema).parse(containers).join(' '),
    FB_TABLE: spec.table,
    FB_OWN: z.array(addressSchema).parse(addresses).join(' '),
    FB_FROM4: from.filter(isIPv4).join(' '),
    FB_FROM6: from.filter((one) => !isIPv4(one)).join(' '),
    FB_PORTS: z.array(z.int()).parse(spec.admits.ports).join(','),
    FB_NET: seen.net,
    FB_HANDLE: seen.handle,
    FB_DIGEST: seen.digest,
  };
};

/** What to send to a node pod. Throws ZodError for what can't stand in a shell's word. */
export const netnsScript = (netns: Netns, pod: NetnsPod, deed: NetnsDeed): MarkedScript => {
  const words = Object.entries(assignments(netns, pod, deed)).map(([name, value]) => `${name}='${value}'\n`);
  return {
    command: ['/usr/bin/timeout', '-s', 'KILL', String(VISIT_SECONDS), '/bin/busybox', 'sh', '-s'],
    text: (mark) => `FB_MARK='${mark}'\n${words.join('')}${TEXT}main; exit "$?"\n`,
  };
};
