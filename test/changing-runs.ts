import type { Change, ChangeState } from '../src/core/change.ts';
import type { NewChange } from '../src/flow/ledger.ts';
import { auditEvent, type LedgerFixture } from './ledger-fixture.ts';

/** Runs that change something, as their workers write it down. */
export interface ChangingRuns {
  /** A run that is running under the fencing number 1. */
  running(): Promise<string>;
  claim(run: string, exclusive?: readonly string[]): Promise<number | 'ended' | 'busy'>;
  intend(change: NewChange): Promise<Change | 'lost'>;
  /** The same, by who holds the run. */
  intended(change: NewChange): Promise<Change>;
  settle(change: Change, to: Exclude<ChangeState, 'intended'>, fence?: number): Promise<'done' | 'lost'>;
  end(run: string, fence?: number): Promise<'done' | 'lost'>;
}

export function changingRuns({ ledger, request }: Pick<LedgerFixture, 'ledger' | 'request'>): ChangingRuns {
  const made: ChangingRuns = {
    running: async () => {
      const { id } = await request({ state: 'queued' });
      await made.claim(id);
      return id;
    },
    claim: (run, exclusive = []) =>
      ledger.write((transaction) =>
        transaction.claim(run, 'w', exclusive, (fence) => ({
          ...auditEvent(fence === 1 ? 'run.started' : 'run.taken-over', run),
          facts: { fence },
        })),
      ),
    intend: (change) =>
      ledger.write((transaction) =>
        transaction.intend(change, (id) => ({
          ...auditEvent('change.intended', change.run),
          facts: { change: id },
        })),
      ),
    intended: async (change) => {
      const intended = await made.intend(change);
      if (intended === 'lost') throw new Error('The run was held, and its change was lost.');
      return intended;
    },
    settle: (change, to, fence = 1) =>
      ledger.write((transaction) =>
        transaction.settle(change, { to, fence }, auditEvent('change.settled', change.run)),
      ),
    end: (run, fence = 1) =>
      ledger.write((transaction) =>
        transaction.transition(run, { from: 'running', to: 'failed', fence }, auditEvent('run.failed', run)),
      ),
  };
  return made;
}
