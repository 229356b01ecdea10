import { provenWords } from '../core/proven-words.ts';
import { targetName } from '../core/target.ts';
import type { Run } from '../flow/ledger.ts';
import { isInDoubt } from './run-changes.ts';

/** Above this a header would lose its end, which is the cluster's name. */
const TITLE_CHARACTERS = 120;

/**
 * `acquire pod/checkout-7f in shop on prod-cluster`: what the run is about, in a header's length. The namespace of a
 * long name is left out; the targets below have it.
 */
export const runTitle = (run: Run): string => {
  const [first, ...others] = run.plan.targets;
  const undone = run.plan.arguments['run'];
  const verb = typeof undone === 'string' ? `${run.plan.verb} ${undone},` : run.plan.verb;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const title = (target: string): string =>
    `${verb}${target === '' ? '' : ` ${target}`}${more} on ${run.plan.cluster.name}`;
  if (first === undefined) return title('');
  const whole = title(targetName(first));
  return whole.length <= TITLE_CHARACTERS ? whole : title(`${first.kind}/${first.name}`);
};

/** The verdict of a run that has ended, in one word, and what a run that has not is doing. */
export const runVerdict = (run: Run): string => {
  switch (run.state) {
    case 'planned':
      return 'Approve?';
    case 'queued':
      return 'Starting';
    case 'running':
      return run.cancelRequestedBy === undefined ? 'Running' : 'Stopping';
    case 'succeeded':
      return provenVerdict(run) ?? (run.result?.evidence === undefined ? 'Done' : 'COMPLETE');
    case 'incomplete':
      return ['INCOMPLETE', provenVerdict(run) ?? []].flat().join(', ');
    case 'failed':
      return `FAILED${doubt(run)}`;
    case 'denied':
      return 'Denied';
    case 'expired':
      return 'Expired';
    case 'cancelled':
      return `Cancelled${doubt(run)}`;
  }
};

/** What a run that proves what it did came to, by its newest proof; undefined for a run that proves nothing. */
export const provenVerdict = ({ plan, proven, result, undoneBy }: Run): string | undefined => {
  if (undoneBy !== undefined) return undefined;
  if (proven !== undefined) return provenWords(proven);
  return result?.verdict ?? (plan.proof === undefined ? undefined : 'NOT PROVEN');
};

/** A run that may have changed something has not simply failed. */
const doubt = (run: Run): string => (isInDoubt(run) ? ' (outcome unknown)' : '');
