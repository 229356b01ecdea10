import type { EngineLook, OpenConnections, PolicyEngine } from '../../../core/policy-engine.ts';
import type { SelectingPolicies } from './selecting-policies.ts';

/** What becomes of connections that are open when the deny policy takes hold. */
export type Connections = 'kept' | 'cut' | 'unknown';

const SELECTS: readonly string[] = ['yes', 'may'];

const resolved = (
  { connections, mode }: PolicyEngine,
  { policies }: Pick<SelectingPolicies, 'policies'>,
): Connections => {
  if (connections !== 'cut unless selected') return connections;
  const selected = policies.some(({ kind, before }) => kind === 'NetworkPolicy' && SELECTS.includes(before));
  if (selected) return 'kept';
  // In strict mode a pod that nothing selects is denied all from its birth: what the change does to it is not documented.
  return mode === 'strict' ? 'unknown' : 'cut';
};

/** As the engine is known to do it, for this pod; where several engines are there, what they agree on. */
export const connectionsOf = (
  engine: EngineLook,
  selecting: Pick<SelectingPolicies, 'policies'>,
): Connections => {
  if (engine.kind !== 'found') return 'unknown';
  const [first, ...more] = engine.engines.map((one) => resolved(one, selecting));
  return first !== undefined && more.every((other) => other === first) ? first : 'unknown';
};

const OPEN: Readonly<Record<Connections, string>> = {
  kept: 'Connections that are open now are not cut by the policy: this engine lets them go on until they end.',
  cut: 'Connections that are open now are cut when the policy takes hold.',
  unknown:
    'Whether connections that are open now are cut by the policy is not known of what enforces it here.',
} satisfies Readonly<Record<Exclude<OpenConnections, 'cut unless selected'>, string>>;

/** What becomes of what is open now. */
export const openSentence = (connections: Connections): string => OPEN[connections];

/** What no policy cuts, and why. Source: Kubernetes API networking/v1, NetworkPolicyIngressRule. */
export const NEVER_CUT =
  'Never cut: what comes from its own node, which the definition of NetworkPolicy lets in, and traffic among its own containers, which passes no policy.';
