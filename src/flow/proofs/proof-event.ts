import type { AuditEvent } from '../../core/audit-event.ts';
import type { NewRound, Run } from '../ledger.ts';
import { WORKER } from '../worker.ts';

/** What stood out in one line each; names from a cluster are free text. */
const driftText = ({ drifted }: NewRound): string =>
  drifted
    .map(({ object, field, now, by }) =>
      [object.kind, object.namespace, object.name, field, now, by === undefined ? '' : `by ${by.manager}`]
        .filter(Boolean)
        .join(' '),
    )
    .join('\n');

/** The event of one proof, by its number; `repeated`: it is not the run's own. */
export const proofEvent = (
  run: Pick<Run, 'id' | 'case'>,
  round: NewRound,
  made: 'by the run' | 'repeated',
  proof: string,
): AuditEvent => {
  const { result, text, drifted, news } = round;
  const proven = result.kind === 'proven' ? result.proof : undefined;
  const texts = {
    ...(result.kind === 'not proven' ? { why: result.why } : {}),
    ...(drifted.length === 0 ? {} : { drifted: driftText(round) }),
  };
  return {
    type: proven === undefined ? 'isolation.not-proved' : 'isolation.proved',
    actor: WORKER,
    case: run.case,
    run: run.id,
    facts: {
      ...{ proof, made, drifted: drifted.length },
      ...(proven === undefined ? {} : { verdict: proven.verdict }),
      ...(text === undefined ? {} : { digest: text.digest }),
      ...(result.kind === 'not proven' ? { code: result.code } : {}),
      ...(news === undefined ? {} : { told: news }),
    },
    ...(Object.keys(texts).length === 0 ? {} : { texts }),
  };
};
