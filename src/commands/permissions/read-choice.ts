import { parseArgs } from 'node:util';
import { IDENTITIES, type Identity } from '../../core/cloud.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { didYouMean } from '../../core/mistake.ts';
import { PLANNED_VERBS } from '../../core/planned-verbs.ts';
import type { Verb } from '../../core/verb.ts';

/** What is to be printed. */
export interface PermissionsChoice {
  /** Left out: the role of every verb, bound to nobody. */
  readonly cluster?: string;
  readonly identity?: Identity;
  /** Left out: those that the channels allow. */
  readonly verbs?: readonly Verb[];
  /** `user agent`: the rights are bound to the identity itself, which impersonates nobody. */
  readonly attribution: 'impersonated' | 'user agent';
}

const WRITE = 'Write firebreak permissions [cluster] [--identity read|act|node] [--verbs a,b] [--direct].';

const invalid = (message: string, next: string = WRITE): FirebreakError =>
  new FirebreakError({ code: 'command-invalid', message, next });

const OPTIONS = {
  identity: { type: 'string' },
  verbs: { type: 'string' },
  direct: { type: 'boolean' },
} as const;

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (thrown) {
    throw invalid(`${thrown instanceof Error ? thrown.message : String(thrown)}.`);
  }
};

const readIdentity = (typed: string): Identity => {
  const identity = IDENTITIES.find((known) => known === typed);
  if (identity !== undefined) return identity;
  throw invalid(`There is no identity ${typed}.${didYouMean(typed, IDENTITIES)}`);
};

const readVerbs = (typed: string, verbs: readonly Verb[]): readonly Verb[] =>
  typed
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const verb = verbs.find((known) => known.name === name);
      if (verb !== undefined) return verb;
      const names = verbs.map((known) => known.name);
      const has = `This version has ${names.join(', ')}.`;
      throw PLANNED_VERBS.some((planned) => planned === name)
        ? invalid(`This version does not have the verb ${name} yet.`, has)
        : invalid(`There is no verb ${name}.${didYouMean(name, names)}`, has);
    });

/** Reads what stands behind `firebreak permissions`. Throws `command-invalid` with the nearest name. */
export const readChoice = (args: readonly string[], verbs: readonly Verb[]): PermissionsChoice => {
  const { positionals, values } = parsed(args);
  const [cluster, ...more] = positionals;
  if (more.length > 0) throw invalid(`One cluster at a time: ${more.join(' ')} stands behind ${cluster}.`);
  if (
    cluster === undefined &&
    (values.identity !== undefined || values.verbs !== undefined || values.direct === true)
  )
    throw invalid('Say for which cluster.');
  return {
    attribution: values.direct === true ? 'user agent' : 'impersonated',
    ...(cluster === undefined ? {} : { cluster }),
    ...(values.identity === undefined ? {} : { identity: readIdentity(values.identity) }),
    ...(values.verbs === undefined ? {} : { verbs: readVerbs(values.verbs, verbs) }),
  };
};
