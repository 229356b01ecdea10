import type { Write } from './change.ts';
import { isOnNode, resourceOf } from './made-kind.ts';
import { mergePatch } from './merge-patch.ts';
import { netnsByHand, podOfNetns } from './netns.ts';
import { shellWord } from './shell-word.ts';
import { isEphemeralPath, isObjectPath } from './structure.ts';
import type { ObjectName } from './target.ts';

/** JSON in printable ASCII alone: what else a suspect wrote into a value can neither hide nor act in a terminal. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** `networkpolicies.networking.k8s.io/x -n payments`: of the core group and of apps the resource alone, as everybody writes it. */
const where = ({ kind, namespace, name }: ObjectName): string => {
  const { group, resource } = resourceOf(kind);
  const whole = group === '' || group === 'apps' ? resource : `${resource}.${group}`;
  return `${whole}/${name}${namespace === '' ? '' : ` -n ${namespace}`}`;
};

/**
 * The kubectl command that puts a write back by hand, with any kubeconfig that may. It looks at nothing: read the object
 * first. Of what can't be put back it is the command that shows it.
 */
export const reverseCommand = ({ object, fields }: Pick<Write, 'object' | 'fields'>): string => {
  const made = fields.find(({ path }) => isObjectPath(path));
  if (isOnNode(object))
    return typeof made?.after === 'string' ? netnsByHand(made.after) : lookCommand(object);
  if (made !== undefined)
    return typeof made.before === 'string'
      ? `printf %s ${shellWord(asciiJson(JSON.parse(made.before)))} | kubectl create -f -`
      : `kubectl delete ${where(object)}`;
  if (fields.some(({ path }) => isEphemeralPath(path))) return lookCommand(object);
  return `kubectl patch ${where(object)} --type=merge -p ${shellWord(asciiJson(mergePatch(fields, 'before')))}`;
};

/** The kubectl command that shows what stands there now; of what lies on a node, the pod that it belongs to. */
export const lookCommand = (object: ObjectName): string =>
  isOnNode(object)
    ? `kubectl get pods/${podOfNetns(object)} -n ${object.namespace} -o wide`
    : `kubectl get ${where(object)} -o yaml`;
