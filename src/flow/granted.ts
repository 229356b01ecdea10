import { FirebreakError } from '../core/firebreak-error.ts';
import type { PolicyQuestion, Requirement } from '../core/policy.ts';
import { requirementFor, strictest } from '../core/policy.ts';
import type { FlowDeps } from './deps.ts';

export type Granted = Extract<Requirement, { kind: 'required' }>;

/** What of an object decides; `target` as an earlier plan found it. */
export interface DecidedBy extends Pick<PolicyQuestion, 'target'> {
  /** Empty for what lies outside of all. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const aboutObject = ({
  namespace,
  labels,
  target,
}: DecidedBy): Pick<PolicyQuestion, 'namespace' | 'labels' | 'target'> => ({
  labels,
  ...(namespace === '' ? {} : { namespace }),
  ...(target === undefined ? {} : { target }),
});

/**
 * What the channel asks for all of these verbs together: the strictest of them. Throws `policy-refused` with the
 * reason when one of them is not open to it.
 */
export const granted = (
  { channels }: Pick<FlowDeps, 'channels'>,
  channel: string,
  [first, ...more]: readonly [string, ...string[]],
  question: Omit<PolicyQuestion, 'verb'>,
): Granted => {
  const policy = channels.find((listed) => listed.channel === channel);
  const ask = (verb: string): Requirement => requirementFor(policy, { ...question, verb });
  const requirement = strictest([ask(first), ...more.map(ask)]);
  if (requirement.kind === 'required') return requirement;
  throw new FirebreakError({
    code: 'policy-refused',
    message: requirement.reason,
    next: requirement.next,
  });
};
