import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';
import type { Reply } from './use-cases.ts';

const SHOWN_RUNS = 10;

const line = ({ id, state, plan, progress }: Run): string => {
  const target = plan.targets
    .map(({ kind, name, namespace }) => `${kind}/${name} -n ${namespace}`)
    .join(', ');
  const moving =
    state === 'running' && progress !== undefined ? ` (${progress.phase}, ${progress.bytes} bytes)` : '';
  return `${id}  ${state}${moving}  ${plan.verb} ${plan.cluster.name} ${target}`;
};

/** The newest runs of the channel's case. */
export const status = async ({ ledger }: FlowDeps, channel: string): Promise<Reply> => {
  const runs = await ledger.recentRuns(channel, SHOWN_RUNS);
  return runs.length === 0
    ? { kind: 'say', text: 'Nothing has been asked for in this channel yet.', example: '/k8s help' }
    : { kind: 'say', text: `Case ${runs[0]?.case ?? ''}, newest first:`, lines: runs.map(line) };
};
