import type { Change } from '../../core/change.ts';
import { isMark } from '../../core/marks.ts';
import type { Proof, ProofTry } from '../../core/proof.ts';
import type { Outcome } from '../../core/verb.ts';
import { listed } from '../changes/change-words.ts';

export interface Proven {
  readonly name: string;
  /** What the detaching wrote. */
  readonly detached: readonly Pick<Change, 'fields'>[];
  /** Why there is no control, or what else could not be done; whole sentences. */
  readonly lacking: readonly string[];
}

const RESULT = { reached: 'got through', 'no answer': 'no answer', 'not tested': 'not tested' } as const;

/** `API server (outward): no answer; from outside of the isolation: got through`. No address: what reads along may be hostile. */
const tryLine = ({ direction, what, result, control, why }: ProofTry): string =>
  `${what} (${direction}): ${RESULT[result]}${why === undefined ? '' : ` (${why})`}; ${direction === 'inward' ? 'before the deny' : 'from outside of the isolation'}: ${RESULT[control]}`;

/** What the channel is told of a proof: the verdict first, its reasons, then every try. */
export const proofFindings = (
  proof: Proof,
  { name, detached, lacking }: Proven,
): Pick<Outcome, 'summary' | 'findings'> => {
  const { verdict, reasons, next, tries } = proof;
  const labels = detached.flatMap(({ fields }) =>
    fields.filter((field) => !isMark(field)).map(({ path }) => path.at(-1) ?? ''),
  );
  const left =
    labels.length === 0
      ? []
      : [
          `It left its controller and its Services: ${labels.length === 1 ? 'label' : 'labels'} ${listed(labels)} taken off.`,
        ];
  return {
    summary: [`${verdict}: ${name}.`, reasons[0] ?? '', ...left, next ?? ''].filter(Boolean).join(' '),
    findings: [
      { title: `Verdict: ${verdict}`, lines: [...reasons, ...lacking] },
      { title: 'What was tried', lines: tries.map(tryLine) },
    ],
  };
};
