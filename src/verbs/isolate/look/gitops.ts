import type { Pod } from '../../../core/pod.ts';
import type { ControllerLook } from './controller.ts';

/**
 * By which marks a tool shows that an object is its own. Sources: Argo CD, Resource Tracking; Flux, kustomize-controller
 * and helm-controller, labels; Helm, pkg/action/validate.go.
 */
const MARKS = [
  { key: 'argocd.argoproj.io/tracking-id', tool: 'Argo CD', reverts: 'by itself' },
  { key: 'argocd.argoproj.io/instance', tool: 'Argo CD', reverts: 'by itself' },
  { key: 'kustomize.toolkit.fluxcd.io/name', tool: 'Flux', reverts: 'by itself' },
  { key: 'helm.toolkit.fluxcd.io/name', tool: 'Flux', reverts: 'by itself' },
  { key: 'meta.helm.sh/release-name', tool: 'Helm', reverts: 'when it runs' },
] as const;

interface Marked {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const markOf = ({ labels, annotations }: Marked) =>
  MARKS.find(({ key }) => labels[key] !== undefined || annotations[key] !== undefined);

/** Which tool keeps the pod, or what controls it, as a repository says, and what it would take back. */
export const gitopsSentences = (
  { metadata }: Pick<Pod, 'metadata'>,
  look: ControllerLook,
): readonly string[] => {
  const pod = markOf({ ...metadata, name: 'pod' });
  const owners = look.kind === 'known' ? [look.controller, ...look.above] : [];
  // Copied to what it controls: the topmost that carries a mark is the one that the tool looks after.
  const top = owners.findLast((owner) => markOf(owner) !== undefined);
  const owner = top === undefined ? undefined : markOf(top);
  if (top !== undefined && owner !== undefined)
    return [
      owner.reverts === 'by itself'
        ? `${owner.tool} keeps ${top.kind}/${top.name} as its repository says: it takes back what is changed there, not what is changed on this pod, and may roll out other pods at any time.`
        : `${owner.tool} installed ${top.kind}/${top.name}: its next upgrade may roll out other pods.`,
    ];
  if (pod === undefined) return [];
  return owners.length === 0
    ? [
        pod.reverts === 'by itself'
          ? `${pod.tool} keeps this pod as its repository says, and may take the label away again.`
          : `${pod.tool} installed this pod: its next upgrade may take the label away.`,
      ]
    : [`By the marks of the pod ${pod.tool} may roll out other pods at any time.`];
};
