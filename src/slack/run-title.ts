import type { Run } from '../flow/ledger.ts';

/** `acquire pod/checkout-7f on prod-cluster`: what the run is about, in a header's length. */
export const runTitle = (run: Run): string => {
  const [first, ...others] = run.plan.targets;
  const target = first === undefined ? '' : ` ${first.kind}/${first.name}`;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${run.plan.verb}${target}${more} on ${run.plan.cluster.name}`;
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
      return run.result?.evidence === undefined ? 'Done' : 'COMPLETE';
    case 'incomplete':
      return 'INCOMPLETE';
    case 'failed':
      return 'FAILED';
    case 'denied':
      return 'Denied';
    case 'expired':
      return 'Expired';
    case 'cancelled':
      return 'Cancelled';
  }
};
