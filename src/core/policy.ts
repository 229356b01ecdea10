/** One line of a channel's rules. `verbs: ['*']` names every verb. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly approvals: number;
  /** `S…` a Slack user group, `U…` a user. */
  readonly approvers: readonly string[];
  readonly selfApproval: boolean;
  readonly expiresMs: number;
}

export interface ChannelPolicy {
  readonly channel: string;
  readonly clusters: readonly string[];
  readonly rules: readonly Rule[];
}

/** The least that any channel may ask for a cluster, and what needs the `*` rule there. */
export interface ClusterGuard {
  readonly floorApprovals: number;
  readonly protectedNamespaces: readonly string[];
  readonly protectedLabels: Readonly<Record<string, string>>;
}

export type Requirement =
  | {
      readonly kind: 'required';
      readonly rule: Rule;
      readonly approvals: number;
      readonly target: 'ordinary' | 'protected';
    }
  | { readonly kind: 'refused'; readonly reason: string; readonly next: string };

export interface PolicyQuestion {
  readonly verb: string;
  readonly cluster: string;
  readonly guard: ClusterGuard;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What an earlier plan found: its target counts as it did then, whatever is left of it. */
  readonly target?: 'ordinary' | 'protected';
}

const isProtected = ({ guard, namespace, labels, target }: PolicyQuestion): boolean =>
  target === 'protected' ||
  (namespace !== undefined && guard.protectedNamespaces.includes(namespace)) ||
  Object.entries(guard.protectedLabels).some(([key, value]) => labels?.[key] === value);

/**
 * What the channel asks for a verb. The first rule that names the verb wins, and `*` names every verb; a protected target is only reached by the
 * `*` rule; the cluster's floor can raise the number of approvals, never lower it. Nothing is open by default.
 */
export const requirementFor = (policy: ChannelPolicy | undefined, question: PolicyQuestion): Requirement => {
  if (policy === undefined)
    return {
      kind: 'refused',
      reason: 'This channel is not listed in the configuration, so nothing can be done from here.',
      next: 'Ask whoever runs Firebreak to add the channel under `channels:`.',
    };
  if (!policy.clusters.includes(question.cluster))
    return {
      kind: 'refused',
      reason: `This channel may not use the cluster ${question.cluster}.`,
      next: `It may use: ${policy.clusters.join(', ') || 'none'}.`,
    };
  const guarded = isProtected(question);
  const naming = guarded ? ['*'] : ['*', question.verb];
  const rule = policy.rules.find(({ verbs }) => naming.some((name) => verbs.includes(name)));
  if (rule === undefined)
    return {
      kind: 'refused',
      reason: guarded
        ? `The target is protected on ${question.cluster}, and this channel has no "*" rule.`
        : `No rule of this channel names the verb ${question.verb}.`,
      next: 'Ask whoever runs Firebreak to add a rule, or use a channel that has one.',
    };
  const approvals = Math.max(rule.approvals, question.guard.floorApprovals);
  if (approvals > 0 && rule.approvers.length === 0)
    return {
      kind: 'refused',
      reason: `The rule for ${question.verb} asks for ${approvals} approvals but names no approvers.`,
      next: 'Ask whoever runs Firebreak to name approvers in that rule.',
    };
  return { kind: 'required', rule, approvals, target: guarded ? 'protected' : 'ordinary' };
};

type Required = Extract<Requirement, { readonly kind: 'required' }>;

/** Who decides: on a protected target those of the `*` rule alone, else those of the first that asks anyone. */
const deciding = (one: Required, other: Required): Required => {
  const asking = [one, other].filter(({ approvals }) => approvals > 0);
  return asking.find(({ target }) => target === 'protected') ?? asking[0] ?? other;
};

/** The stricter of two in each respect; see `strictest`. */
export const stricter = (one: Required, other: Required): Required => {
  const named = deciding(one, other);
  return {
    ...named,
    approvals: Math.max(one.approvals, other.approvals),
    target: one.target === 'protected' ? one.target : other.target,
    rule: {
      ...named.rule,
      selfApproval: one.rule.selfApproval && other.rule.selfApproval,
      expiresMs: Math.min(one.rule.expiresMs, other.rule.expiresMs),
    },
  };
};

/**
 * The strictest of several, for what stands for more than one verb: a refusal wins; as many approve as the one asks that
 * asks for most, and they are the approvers of the first that asks for any, where a protected target comes before all
 * others. Nobody approves their own unless all let them, and the time to decide is the shortest.
 */
export const strictest = (requirements: readonly [Requirement, ...Requirement[]]): Requirement =>
  requirements.reduce((one, other) => {
    if (one.kind === 'refused') return one;
    return other.kind === 'refused' ? other : stricter(one, other);
  });
