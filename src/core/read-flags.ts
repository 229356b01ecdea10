import { nearest } from './nearest.ts';
import type { Argument } from './plan.ts';
import type { Arguments, Verb } from './verb.ts';

export type ReadFlags =
  | {
      readonly kind: 'read';
      readonly positionals: readonly string[];
      /** Where each of them stands among the words. */
      readonly positions: readonly number[];
      readonly namespace?: string;
      readonly container?: string;
      readonly reason: string;
      readonly arguments: Arguments;
    }
  | { readonly kind: 'mistake'; readonly sentence: string; readonly example?: string };

/** Flags that every verb takes. */
const COMMON = {
  n: 'namespace',
  namespace: 'namespace',
  c: 'container',
  container: 'container',
  reason: 'reason',
} as const;
type Common = (typeof COMMON)[keyof typeof COMMON];

const commonFlag = (name: string): Common | undefined =>
  Object.hasOwn(COMMON, name) ? COMMON[name as keyof typeof COMMON] : undefined;

/** What a switch that was said is as an argument. */
export const SAID = 'yes';

/** Takes `-n=ns`, `-n ns`, `--namespace ns`, `--namespace=ns`, the verb's own flags and its switches out of the words. */
export const readFlags = (
  words: readonly string[],
  { flags: own, switches = {} }: Pick<Verb, 'flags' | 'switches'>,
): ReadFlags => {
  const positionals: string[] = [];
  const positions: number[] = [];
  const common: Partial<Record<Common, string>> = {};
  const given: Record<string, Argument> = {};
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const match = /^(--?)([A-Za-z][-A-Za-z]*)(?:=(.*))?$/su.exec(word);
    if (match === null) {
      if (word.startsWith('-')) return { kind: 'mistake', sentence: `\`${word}\` is not a flag.` };
      positions.push(words.length - queue.length - 1);
      positionals.push(word);
      continue;
    }
    const [, , rawName = '', attached] = match;
    const name = rawName.toLowerCase();
    const said = Object.hasOwn(switches, name) ? switches[name] : undefined;
    if (said !== undefined) {
      if (attached !== undefined)
        return {
          kind: 'mistake',
          sentence: `\`--${name}\` takes no value: it is said or left out.`,
          example: said.example,
        };
      given[name] = SAID;
      continue;
    }
    const shared = commonFlag(name);
    const flag = Object.hasOwn(own, name) ? own[name] : undefined;
    if (shared === undefined && flag === undefined) {
      const near = nearest(name, [...Object.keys(COMMON), ...Object.keys(own), ...Object.keys(switches)]);
      return {
        kind: 'mistake',
        sentence: `There is no flag \`${word}\` here.${near === undefined ? '' : ` Did you mean \`${near.length === 1 ? '-' : '--'}${near}\`?`}`,
      };
    }
    const value = attached ?? queue.shift();
    if (value === undefined || value === '' || (attached === undefined && /^--?[A-Za-z]/u.test(value)))
      return { kind: 'mistake', sentence: `\`${word}\` needs a value.` };
    if (shared !== undefined) {
      if (common[shared] !== undefined) return { kind: 'mistake', sentence: `\`${word}\` was given twice.` };
      common[shared] = value;
      continue;
    }
    if (flag === undefined) continue;
    const read = flag.read.safeParse(value);
    if (!read.success)
      return {
        kind: 'mistake',
        sentence: `\`--${name}\` can't be \`${value}\`: ${read.error.issues[0]?.message ?? 'not understood'}.`,
        example: flag.example,
      };
    const before = given[name];
    if (flag.repeatable === 'once') {
      if (before !== undefined) return { kind: 'mistake', sentence: `\`--${name}\` was given twice.` };
      given[name] = read.data;
    } else
      given[name] = [
        ...(Array.isArray(before) ? before : []),
        ...(Array.isArray(read.data) ? read.data : [String(read.data)]),
      ];
  }
  const { namespace, container, reason } = common;
  return {
    kind: 'read',
    positionals,
    positions,
    ...(namespace === undefined ? {} : { namespace }),
    ...(container === undefined ? {} : { container }),
    reason: reason ?? '',
    arguments: given,
  };
};
