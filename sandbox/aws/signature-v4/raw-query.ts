import { percentDecode } from './percent-encoding.ts';

/** A name and its value, both decoded, in the order of the request line. */
export type QueryPair = readonly [name: string, value: string];

/** Splits the request target at its first question mark. */
export function splitTarget(target: string): { readonly path: string; readonly query: readonly QueryPair[] } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const rest = mark < 0 ? '' : target.slice(mark + 1);
  const query = rest
    .split('&')
    .filter((part) => part !== '')
    .map((part): QueryPair => {
      const at = part.indexOf('=');
      const name = at < 0 ? part : part.slice(0, at);
      const value = at < 0 ? '' : part.slice(at + 1);
      return [percentDecode(name) ?? name, percentDecode(value) ?? value];
    });
  return { path, query };
}

/** The value of the first parameter of this name, which AWS compares without regard to case only for its own. */
export function queryValue(query: readonly QueryPair[], name: string): string | undefined {
  return query.find(([key]) => key === name)?.[1];
}
