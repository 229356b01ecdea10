import type { Write } from './change.ts';
import { KINDS } from './kind.ts';
import { mergePatch } from './merge-patch.ts';
import { shellWord } from './shell-word.ts';
import type { ObjectName } from './target.ts';

/** JSON in printable ASCII alone: what else a suspect wrote into a value can neither hide nor act in a terminal. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const where = ({ kind, namespace, name }: ObjectName): string =>
  `${KINDS[kind].resource}/${name}${namespace === '' ? '' : ` -n ${namespace}`}`;

/** The kubectl command that puts a write back by hand, with any kubeconfig that may. It looks at nothing: read the object first. */
export const reverseCommand = ({ object, fields }: Write): string =>
  `kubectl patch ${where(object)} --type=merge -p ${shellWord(asciiJson(mergePatch(fields, 'before')))}`;

/** The kubectl command that shows what stands there now. */
export const lookCommand = (object: ObjectName): string => `kubectl get ${where(object)} -o yaml`;
