import type { Write } from './change.ts';
import { KINDS } from './kind.ts';
import { mergePatch } from './merge-patch.ts';
import type { ObjectName } from './target.ts';

/** One word of a POSIX shell, whatever it holds. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const where = ({ kind, namespace, name }: ObjectName): string =>
  `${KINDS[kind].resource}/${name}${namespace === '' ? '' : ` -n ${namespace}`}`;

/** The kubectl command that puts a write back by hand, with any kubeconfig that may. It looks at nothing: read the object first. */
export const reverseCommand = ({ object, fields }: Write): string =>
  `kubectl patch ${where(object)} --type=merge -p ${quoted(JSON.stringify(mergePatch(fields, 'before')))}`;

/** The kubectl command that shows what stands there now. */
export const lookCommand = (object: ObjectName): string => `kubectl get ${where(object)} -o yaml`;
