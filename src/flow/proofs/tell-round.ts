import type { Verdict } from '../../core/proof.ts';
import type { ProofNews } from '../../core/proof-round.ts';
import type { FlowDeps } from '../deps.ts';
import type { NewRound, ProofGuard, ProofNotice, Run } from '../ledger.ts';
import { proofEvent } from './proof-event.ts';

const NOTICE_OF: Readonly<Record<ProofNews, ProofNotice>> = {
  failed: 'proof-failed',
  'not proven': 'proof-missed',
  'proven again': 'proof-again',
};

/** What the card begins with from now on. */
const verdictOf = ({ result }: NewRound, { proven }: Run): Verdict | undefined =>
  result.kind === 'proven' ? result.proof.verdict : proven?.verdict;

/** Writes one more proof of a run down, and owes the channel what is new: its own message, and the card brought up to date. */
export const tellRound = async (
  { ledger }: Pick<FlowDeps, 'ledger'>,
  run: Run,
  round: NewRound,
  guard: ProofGuard,
): Promise<'written' | 'lost' | 'overtaken'> =>
  await ledger.write(async (transaction) => {
    const added = await transaction.addProof(run.id, round, guard, (id) =>
      proofEvent(run, round, 'repeated', id),
    );
    if (added === 'lost' || added === 'overtaken') return added;
    if (round.news !== undefined) await transaction.showProof(run.id, NOTICE_OF[round.news], added.id);
    if (round.news !== undefined || verdictOf(round, run) !== run.proven?.verdict)
      await transaction.show(run.id, 'card');
    return 'written';
  });
