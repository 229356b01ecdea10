import type { Proof } from '../../core/proof.ts';
import { standingAtFirst } from '../../core/proof-round.ts';
import type { FlowDeps } from '../deps.ts';
import type { NewRound, Run } from '../ledger.ts';
import { lostRun } from '../settle-change.ts';
import { proofEvent } from './proof-event.ts';

/** The bytes of a proof that are under its digest. */
export const proofText = (
  { digest }: Pick<FlowDeps, 'digest'>,
  proof: Proof,
): NonNullable<NewRound['text']> => {
  const canonical = digest.canonical(proof);
  return { canonical, digest: digest.sha256(canonical) };
};

/** Writes down what a run proved while it was made. Throws `superseded` when this worker no longer holds it. */
export const writeProof = async (
  deps: Pick<FlowDeps, 'ledger' | 'digest'>,
  run: Run,
  proof: Proof,
): Promise<void> => {
  const round: NewRound = {
    result: { kind: 'proven', proof },
    text: proofText(deps, proof),
    drifted: [],
    around: [],
    standing: standingAtFirst(proof),
  };
  const added = await deps.ledger.write((transaction) =>
    transaction.addProof(run.id, round, { kind: 'run', fence: run.fence }, (id) =>
      proofEvent(run, round, 'by the run', id),
    ),
  );
  if (added === 'lost') throw lostRun(run);
};
