import { releasesByItself } from '../core/releases-by-itself.ts';
import { expire } from './decide.ts';
import type { FlowDeps } from './deps.ts';
import type { LedgerTransaction, Run } from './ledger.ts';
import type { PlannedRelease } from './release-in-time.ts';
import { tellTimeUp } from './tell-time-up.ts';

export type SweepDeps = Pick<FlowDeps, 'ledger'> &
  Partial<Pick<FlowDeps, 'digest'>> & {
    /** Plans the release of a run whose time is up and whose plan said so; undefined where people have to be asked. */
    readonly planRelease?: (run: Run) => Promise<PlannedRelease | undefined>;
  };

const releaseOf = async (
  { ledger, planRelease }: SweepDeps,
  id: string,
): Promise<PlannedRelease | undefined> => {
  const run = await ledger.run(id);
  return run !== undefined && releasesByItself(run.plan) ? await planRelease?.(run) : undefined;
};

/**
 * Reminds the approvers, ends what nobody decided, asks about what was to be for a time or releases it as its plan said, and
 * calls a worker for a run that was left alone, by the database's clock. Safe to run on every replica at once. Throws an `AggregateError` when some runs could not be seen to.
 */
export const sweep = async (deps: SweepDeps): Promise<void> => {
  const { ledger } = deps;
  const failures: unknown[] = [];
  const seeTo = async (id: string, work: (transaction: LedgerTransaction, run: Run) => Promise<void>) => {
    try {
      await ledger.write(async (transaction) => {
        const run = await transaction.lockRun(id);
        if (run !== undefined) await work(transaction, run);
      });
    } catch (thrown) {
      failures.push(thrown);
    }
  };
  for (const { run: id, due } of await ledger.due()) {
    const release = due === 'time-up' ? await releaseOf(deps, id) : undefined;
    await seeTo(id, async (transaction, run) => {
      if (due === 'time-up') return tellTimeUp(deps, transaction, run, release);
      if (run.state !== 'planned') return;
      if (due !== 'expiry') await transaction.show(run.id, due);
      else if (run.expiresAt <= (await transaction.now())) await expire(transaction, run);
    });
  }
  for (const id of await ledger.withoutJob())
    await seeTo(id, async (transaction, run) => {
      if (run.state === 'queued' || run.state === 'running') await transaction.enqueue(run.id);
    });
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `${failures.length} run${failures.length === 1 ? '' : 's'} could not be seen to.`,
    );
};
