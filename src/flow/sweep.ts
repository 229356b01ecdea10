import { expire } from './decide.ts';
import type { FlowDeps } from './deps.ts';

/** Reminds the approvers and ends what nobody decided, by the database's clock. Safe to run on every replica at once. */
export const sweep = async ({ ledger }: Pick<FlowDeps, 'ledger'>): Promise<void> => {
  for (const { run: id, due } of await ledger.due())
    await ledger.write(async (transaction) => {
      const run = await transaction.lockRun(id);
      if (run === undefined || run.state !== 'planned') return;
      if (due !== 'expiry') await transaction.show(run.id, due);
      else if (run.expiresAt <= (await transaction.now())) await expire(transaction, run);
    });
};
