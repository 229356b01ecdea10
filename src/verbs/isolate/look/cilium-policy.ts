import { z } from 'zod';
import { type LabelSelector, labelSelectorSchema } from '../../labels/label-selector.ts';
import { anyOf, type KnownLabels, type Match, matchSelector } from './match.ts';
import { DIRECTIONS, type Direction, type PolicyRules } from './policy-rules.ts';
import type { PolicySubject } from './policy-subject.ts';

const rulesSchema = z.array(z.record(z.string(), z.unknown())).nullish();
const ruleSchema = z.looseObject({
  endpointSelector: labelSelectorSchema.nullish(),
  ingress: rulesSchema,
  egress: rulesSchema,
  ingressDeny: rulesSchema,
  egressDeny: rulesSchema,
});
type Rule = z.infer<typeof ruleSchema>;
const schema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
  spec: ruleSchema.nullish(),
  specs: z.array(ruleSchema).nullish(),
});

/** A label's source stands before it: `k8s:app` and `any:app` are the label `app`, any other source is none of the API's. */
const bare = (key: string): string => key.replace(/^(?:k8s|any):/, '');

const bareSelector = ({ matchLabels, matchExpressions }: LabelSelector): LabelSelector => ({
  matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [bare(key), value])),
  matchExpressions: matchExpressions.map((expression) => ({ ...expression, key: bare(expression.key) })),
});

const NAMESPACE = 'io.kubernetes.pod.namespace';
const NAMESPACE_LABELS = 'io.cilium.k8s.namespace.labels.';
/** Labels that Cilium makes itself, of which not all are known here. */
const OWN = /^(?:io\.cilium\.|io\.kubernetes\.|[a-z-]+:)/;

/** What Cilium takes for the labels of a pod. Source: Cilium, Terminology, Labels. */
const ciliumLabels = ({ namespace, serviceAccount, podLabels, namespaceLabels }: PolicySubject) => ({
  ...podLabels,
  ...Object.fromEntries(
    Object.entries(namespaceLabels.labels).map(([key, value]) => [`${NAMESPACE_LABELS}${key}`, value]),
  ),
  [NAMESPACE]: namespace,
  'io.cilium.k8s.policy.serviceaccount': serviceAccount,
});

/** How much is known of the labels that this selector asks for. */
const knownFor = (selector: LabelSelector, subject: PolicySubject): KnownLabels => {
  const keys = [...Object.keys(selector.matchLabels), ...selector.matchExpressions.map(({ key }) => key)];
  const labels = ciliumLabels(subject);
  const unknown = keys.filter(
    (key) =>
      OWN.test(key) &&
      !(subject.namespaceLabels.known === 'all' && key.startsWith(NAMESPACE_LABELS)) &&
      !Object.hasOwn(labels, key),
  );
  return { labels, known: unknown.length > 0 ? 'partly' : 'all' };
};

/** One without an endpoint selector is about nodes. */
const selected = ({ endpointSelector }: Rule, subject: PolicySubject): Match => {
  if (endpointSelector === null || endpointSelector === undefined) return 'no';
  const selector = bareSelector(endpointSelector);
  return matchSelector(selector, knownFor(selector, subject));
};

/** A rule that names nobody (`ingress: [{}]`) allows nobody: it is how all is denied. Source: Cilium, Layer 3 policies. */
const namesAnyone = (rule: Readonly<Record<string, unknown>>): boolean => Object.keys(rule).length > 0;

const DENIES = { ingress: 'ingressDeny', egress: 'egressDeny' } as const;

/** A CiliumNetworkPolicy selects in its own namespace alone, a CiliumClusterwideNetworkPolicy in all. Source: cilium.io/v2. */
export const readCiliumPolicy = (raw: unknown): PolicyRules => {
  const { metadata, spec, specs } = schema.parse(raw);
  const rules = [...(spec === null || spec === undefined ? [] : [spec]), ...(specs ?? [])];
  const some = (test: (rule: Rule, direction: Direction) => boolean): readonly Direction[] =>
    DIRECTIONS.filter((direction) => rules.some((rule) => test(rule, direction)));
  return {
    ...{ name: metadata.name, namespace: metadata.namespace },
    selects: (subject) =>
      metadata.namespace === '' || metadata.namespace === subject.namespace
        ? anyOf(rules.map((rule) => selected(rule, subject)))
        : 'no',
    appliesTo: some(
      (rule, direction) => (rule[direction] ?? []).length + (rule[DENIES[direction]] ?? []).length > 0,
    ),
    allows: some((rule, direction) => (rule[direction] ?? []).some(namesAnyone)),
  };
};
