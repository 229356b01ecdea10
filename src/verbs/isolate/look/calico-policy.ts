import { z } from 'zod';
import { matchCalico } from './calico-selector.ts';
import { allOf, type KnownLabels, type Match } from './match.ts';
import { DIRECTIONS, type Direction, type PolicyRules } from './policy-rules.ts';
import type { PolicySubject } from './policy-subject.ts';

const rulesSchema = z.array(z.looseObject({ action: z.string().default('Allow') })).nullish();
const schema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
  spec: z.looseObject({
    tier: z.string().nullish(),
    order: z.number().nullish(),
    selector: z.string().nullish(),
    namespaceSelector: z.string().nullish(),
    serviceAccountSelector: z.string().nullish(),
    types: z.array(z.string()).nullish(),
    ingress: rulesSchema,
    egress: rulesSchema,
  }),
});
type Spec = z.infer<typeof schema>['spec'];

const prefixed = (prefix: string, labels: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${prefix}${key}`, value]));

/**
 * What Calico takes for the labels of a pod: its own, those of its namespace behind `pcns.`, and its own few. Those of
 * the service account, behind `pcsa.`, are not read. Source: Calico, libcalico-go, conversion of pods and profiles.
 */
const calicoLabels = ({ namespace, serviceAccount, podLabels, namespaceLabels }: PolicySubject) => ({
  ...podLabels,
  ...prefixed('pcns.', namespaceLabels.labels),
  'pcns.projectcalico.org/name': namespace,
  'projectcalico.org/namespace': namespace,
  'projectcalico.org/orchestrator': 'k8s',
  'projectcalico.org/serviceaccount': serviceAccount,
});

const asksFor = (selector: string, prefix: string): boolean => selector.includes(prefix);

/** How much is known of what this selector asks for. */
const knownFor = (selector: string, subject: PolicySubject): KnownLabels => ({
  labels: calicoLabels(subject),
  known:
    asksFor(selector, 'pcsa.') || (asksFor(selector, 'pcns.') && subject.namespaceLabels.known === 'partly')
      ? 'partly'
      : 'all',
});

const selected = (spec: Spec, subject: PolicySubject): Match => {
  const selector = spec.selector ?? '';
  const { labels, known } = subject.namespaceLabels;
  return allOf([
    matchCalico(selector, knownFor(selector, subject)),
    matchCalico(spec.namespaceSelector ?? '', {
      labels: { ...labels, 'projectcalico.org/name': subject.namespace },
      known,
    }),
    // The labels of the service account are not read; its name is.
    matchCalico(spec.serviceAccountSelector ?? '', {
      labels: { 'projectcalico.org/name': subject.serviceAccount },
      known: 'partly',
    }),
  ]);
};

/** Without `types` it is about egress just where it has rules for it, and about ingress unless it has only those. */
const directions = ({ types, ingress, egress }: Spec): readonly Direction[] => {
  const has = { ingress: (ingress ?? []).length > 0, egress: (egress ?? []).length > 0 };
  if ((types ?? []).length > 0)
    return DIRECTIONS.filter((direction) => types?.some((type) => type.toLowerCase() === direction));
  return DIRECTIONS.filter((direction) => (direction === 'egress' ? has.egress : has.ingress || !has.egress));
};

/**
 * A NetworkPolicy or GlobalNetworkPolicy of Calico. The tier `default` holds Kubernetes' own policies too, with the
 * order 1000; at its end what nobody allowed is denied. Source: Calico, Reference, NetworkPolicy, GlobalNetworkPolicy.
 */
export const readCalicoPolicy = (raw: unknown): PolicyRules => {
  const { metadata, spec } = schema.parse(raw);
  const appliesTo = directions(spec);
  return {
    ...{ name: metadata.name, namespace: metadata.namespace, appliesTo },
    selects: (subject) =>
      metadata.namespace === '' || metadata.namespace === subject.namespace ? selected(spec, subject) : 'no',
    allows: appliesTo.filter((direction) =>
      (spec[direction] ?? []).some(({ action }) => action.toLowerCase() === 'allow'),
    ),
    rank: { tier: spec.tier ?? 'default', order: spec.order ?? Number.MAX_SAFE_INTEGER },
  };
};
