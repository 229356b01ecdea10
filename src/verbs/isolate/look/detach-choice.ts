import type { WantedField } from '../../../core/change.ts';
import type { Pod } from '../../../core/pod.ts';
import { listed } from '../../changes/change-words.ts';
import type { ControllerLook } from './controller.ts';
import { detachFields, detachLabels, type Holder } from './detach-labels.ts';
import type { ServiceLook } from './services.ts';
import type { BoundToOne } from './volumes.ts';

/** What isolate does unless `--detach` or `--keep` is said, why, and whether the other can be done at all. */
export interface DetachChoice {
  readonly byDefault: 'detach' | 'keep';
  /** A whole sentence. */
  readonly why: string;
  /** What `--detach` would write; `impossible` is a whole sentence. */
  readonly detach:
    | { readonly kind: 'possible'; readonly keys: readonly string[]; readonly fields: readonly WantedField[] }
    | { readonly kind: 'impossible'; readonly why: string };
}

type Default = Pick<DetachChoice, 'byDefault' | 'why'>;

/** Observed on Kubernetes 1.36. */
const KEPT: Readonly<Record<string, string>> = {
  StatefulSet: 'can’t start another pod of its name while this one is there',
  DaemonSet: 'would start a second pod on its node, and delete one of them when this one returns',
  Job: 'would start another pod, which does the same work again',
};

const heldByOne = ({ claims, unread, hostPorts }: BoundToOne): string | undefined => {
  if (claims.length > 0)
    return `it holds the volume ${listed(claims)}, which a pod on another node can’t mount meanwhile`;
  if (unread.length > 0)
    return `Firebreak may not read whether the volume ${listed(unread)} could be mounted by another pod meanwhile`;
  return hostPorts.length > 0
    ? `it holds port ${listed(hostPorts.map(String))} of its node, which another pod there can’t have meanwhile`
    : undefined;
};

const defaultOf = (look: ControllerLook, bound: BoundToOne): Default => {
  switch (look.kind) {
    case 'none':
      return {
        byDefault: 'keep',
        why: 'It keeps its labels: no controller starts another pod in its place.',
      };
    case 'static':
      return {
        byDefault: 'keep',
        why: 'It keeps its labels: kubelet runs it from a file on its node, whatever its labels are.',
      };
    case 'unknown':
      return {
        byDefault: 'keep',
        why: `It keeps its labels: what ${look.name} does to a pod that it loses is not known here.`,
      };
    case 'known': {
      const { kind, name } = look.controller;
      const why = KEPT[kind];
      if (why !== undefined)
        return { byDefault: 'keep', why: `It keeps its labels: ${kind}/${name} ${why}.` };
      const held = heldByOne(bound);
      return held === undefined
        ? {
            byDefault: 'detach',
            why: `It is detached once it is proven cut off: ${kind}/${name} starts another pod in its place, and leaves this one alone.`,
          }
        : { byDefault: 'keep', why: `It keeps its labels: ${held}.` };
    }
  }
};

const controllerName = (look: ControllerLook): string | undefined => {
  if (look.kind === 'unknown') return look.name;
  return look.kind === 'known' ? `${look.controller.kind}/${look.controller.name}` : undefined;
};

/**
 * Whether the pod leaves its controller and its Services. Only the labels that they select by go; a budget or a policy
 * that selects by the same ones lets go too, which the card says.
 */
export const detachChoice = (
  pod: Pod,
  look: ControllerLook,
  bound: BoundToOne,
  services: readonly ServiceLook[] | 'could not look',
): DetachChoice => {
  const chosen = defaultOf(look, bound);
  const impossible = (why: string): DetachChoice => ({
    ...{ byDefault: 'keep', why: chosen.byDefault === 'keep' ? chosen.why : `It keeps its labels: ${why}` },
    detach: { kind: 'impossible', why: `It can’t be detached: ${why}` },
  });
  if (look.kind === 'static') return impossible('kubelet runs it from a file on its node.');
  const controller = controllerName(look);
  const selector = look.kind === 'known' ? look.controller.selector : undefined;
  if (controller !== undefined && selector === undefined)
    return impossible(`by which labels ${controller} knows its pods is not known here.`);
  if (services === 'could not look') return impossible('Firebreak may not list the Services that select it.');
  const holders: readonly Holder[] = [
    ...(controller === undefined || selector === undefined ? [] : [{ name: controller, selector }]),
    ...services.map(({ name, selector }) => ({
      name: `Service/${name}`,
      selector: { matchLabels: { ...selector }, matchExpressions: [] },
    })),
  ];
  const labels = detachLabels(pod.metadata.labels, holders);
  if (labels.kind === 'impossible')
    return impossible(`${listed(labels.holders)} would select it whichever of its labels went.`);
  if (labels.keys.length === 0) return impossible('neither a controller nor a Service selects it.');
  const { keys } = labels;
  return { ...chosen, detach: { kind: 'possible', keys, fields: detachFields(keys) } };
};
