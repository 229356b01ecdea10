import { percentEncode } from '../../signature-v4/percent-encoding.ts';
import type { Call } from '../call.ts';
import { invalidArgument } from '../protocol/s3-error.ts';

const MAX_PAGE = 1000;

/** A page of a listing: what is shown, the common prefixes among it, and what comes next. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly prefixes: readonly string[];
  /** The item or prefix that the page ends with; undefined when nothing follows. */
  readonly last: Entry<T> | undefined;
}

export type Entry<T> = { readonly item: T } | { readonly prefix: string };

interface Listing<T> {
  /** In the order of the listing. */
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly max: number;
  /** A common prefix that an earlier page has shown. */
  readonly after?: string | undefined;
}

/** Groups keys under common prefixes and stops after `max` of both together. */
export function pageOf<T>(listing: Listing<T>): Page<T> {
  const { delimiter, prefix, keyOf } = listing;
  const items: T[] = [];
  const prefixes: string[] = [];
  let last: Entry<T> | undefined;
  for (const item of listing.items) {
    const key = keyOf(item);
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
    if (common !== undefined && (common === prefixes.at(-1) || common === listing.after)) continue;
    if (items.length + prefixes.length >= listing.max) return { items, prefixes, last };
    if (common === undefined) items.push(item);
    else prefixes.push(common);
    last = common === undefined ? { item } : { prefix: common };
  }
  return { items, prefixes, last: undefined };
}

/** max-keys and its like: 1,000 when left out or more. Throws InvalidArgument. */
export function pageSize(call: Call, name: string): number {
  const text = call.query(name) ?? '';
  if (text === '') return MAX_PAGE;
  if (!/^\d{1,9}$/.test(text))
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  return Math.min(Number(text), MAX_PAGE);
}

/** How keys are written: escaped where the client asks for `encoding-type=url`, slashes left alone. */
export function keyWriter(call: Call): (key: string) => string {
  if (call.query('encoding-type') !== 'url') return (key) => key;
  return (key) => key.split('/').map(percentEncode).join('/');
}
