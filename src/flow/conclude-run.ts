import { UNDO_VERB } from '../core/change.ts';
import type { ClusterReader } from '../core/cluster.ts';
import type { RunState } from '../core/run-state.ts';
import { handCommand } from './by-hand.ts';
import type { FlowDeps } from './deps.ts';
import type { ReportedChange, Run, RunResult } from './ledger.ts';
import { leftOf } from './left-of.ts';
import { WORKER } from './worker.ts';

type ConcludeDeps = Pick<FlowDeps, 'ledger' | 'log'> & {
  /** The cluster, for an undo that has to know what is gone. */
  readonly client: Pick<ClusterReader, 'get'>;
};

/** The end of a run, before it is written. */
export type Ending = {
  readonly to: Extract<RunState, 'succeeded' | 'incomplete' | 'failed' | 'cancelled'>;
  readonly result: RunResult;
};

/** What the card has room for; artifacts with their hashes and notes always go into its thread. */
const CARD_LINES = 40;
const CARD_LINE_CHARACTERS = 200;
const CARD_CHARACTERS = 8_000;

const needsThread = ({ evidence, findings, changes }: RunResult): boolean => {
  const lines = findings.flatMap(({ title, lines: found }) => [title, ...found]);
  return (
    evidence !== undefined ||
    changes !== undefined ||
    lines.length > CARD_LINES ||
    lines.some(({ length }) => length > CARD_LINE_CHARACTERS) ||
    lines.reduce((sum, { length }) => sum + length, 0) > CARD_CHARACTERS
  );
};

/** What the run did to the cluster, for its report: whatever its end. */
const reported = async ({ ledger }: ConcludeDeps, run: Run): Promise<readonly ReportedChange[]> =>
  run.plan.writes.length === 0
    ? []
    : (await ledger.changesOf(run.id)).flatMap(({ object, fields, state }) =>
        state === 'not applied'
          ? []
          : [
              {
                object,
                fields,
                outcome: state === 'applied' ? state : 'unknown',
                command: handCommand({ object, fields, state }, run.plan.effect).command,
              },
            ],
      );

/** Writes the end of a run, with what it did, and owes it to the channel. */
export const conclude = async (
  deps: ConcludeDeps,
  run: Run,
  fence: number,
  { to, result: ended }: Ending,
): Promise<void> => {
  const type = `run.${to}` as const;
  const changes = await reported(deps, run);
  const undone = run.plan.verb === UNDO_VERB && to === 'succeeded' ? run.plan.arguments['run'] : undefined;
  const left = typeof undone === 'string' ? await leftOf(deps, run, undone) : [];
  const result = {
    ...ended,
    ...(left.length === 0 ? {} : { summary: [ended.summary, ...left].join(' ') }),
    ...(changes.length === 0 ? {} : { changes }),
  };
  await deps.ledger.write(async (transaction) => {
    const done = await transaction.transition(
      run.id,
      { from: 'running', to, fence, result },
      {
        type,
        actor: WORKER,
        case: run.case,
        run: run.id,
        facts: {
          fence,
          ...(result.evidence === undefined ? {} : { manifestSha256: result.evidence.manifestSha256 }),
        },
        texts: { summary: [result.failure, result.summary].filter(Boolean).join(' ') },
      },
    );
    if (done === 'lost') {
      deps.log.warn({ run: run.id, fence }, 'The end of this run was written by another worker.');
      return;
    }
    if (typeof undone === 'string' && left.length === 0) {
      await transaction.markUndone(undone, run.id);
      await transaction.show(undone, 'card');
    }
    await transaction.show(run.id, 'card');
    await transaction.show(run.id, 'end');
    if (needsThread(result)) await transaction.show(run.id, 'artifacts');
  });
};
