import type { PlannedContainer } from '../core/target.ts';

/** The annotation by which a pod names the container that kubectl takes when none is given. */
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

export type ChosenContainer =
  | { readonly kind: 'chosen'; readonly name: string }
  | { readonly kind: 'several'; readonly names: readonly string[] }
  | { readonly kind: 'no such container'; readonly names: readonly string[] };

/** The named one, the only one, or the pod's default one; otherwise the person has to say which. */
export const chooseContainer = (
  containers: readonly PlannedContainer[],
  annotations: Readonly<Record<string, string>>,
  named: string | undefined,
): ChosenContainer => {
  const names = containers.map(({ name }) => name);
  const wanted = named ?? (names.length === 1 ? names[0] : annotations[DEFAULT_CONTAINER]);
  if (wanted === undefined) return { kind: 'several', names };
  if (names.includes(wanted)) return { kind: 'chosen', name: wanted };
  return named === undefined ? { kind: 'several', names } : { kind: 'no such container', names };
};
