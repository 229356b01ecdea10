import type { Finding } from '../../core/finding.ts';
import type { FirebreakError } from '../../core/firebreak-error.ts';
import type { ContainStep } from '../../core/playbook.ts';
import type { Outcome } from '../../core/verb.ts';
import type { Shortfall } from '../acquire/shortfall.ts';
import { listed } from '../changes/change-words.ts';

/** How one step ended. */
export type StepEnd =
  | { readonly step: ContainStep; readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly step: ContainStep; readonly kind: 'left out' }
  | { readonly step: ContainStep; readonly kind: 'failed'; readonly error: FirebreakError }
  | { readonly step: ContainStep; readonly kind: 'begun'; readonly waited: 'ended' | 'late' }
  | {
      readonly step: ContainStep;
      readonly kind: 'collected';
      readonly waited: 'ended' | 'late';
      readonly shortfalls: readonly Shortfall[];
    };

const lineOf = (end: StepEnd): string => {
  switch (end.kind) {
    case 'done':
      return end.outcome.summary;
    case 'left out':
      return 'left out, as its card said.';
    case 'failed':
      return `NOT DONE. ${end.error.sentence}`;
    case 'begun':
      return 'begun.';
    case 'collected':
      return [
        end.shortfalls[0] === undefined
          ? 'processes, sockets and mounts were collected.'
          : `INCOMPLETE. ${end.shortfalls[0].why} ${end.shortfalls[0].next}`,
        ...(end.waited === 'late' ? ['It was not waited for: the pod was cut off meanwhile.'] : []),
      ].join(' ');
  }
};

const failed = (ends: readonly StepEnd[]) => ends.flatMap((end) => (end.kind === 'failed' ? [end] : []));

/** What the other steps came to, where the isolation failed. */
export const whatWasDone = (ends: readonly StepEnd[]): string => {
  const others = ends.filter(({ step }) => step !== 'isolate');
  const done = others.filter(({ kind }) => kind === 'done' || kind === 'collected');
  const notDone = failed(others);
  return [
    done.length === 0 ? '' : `Done: ${listed(done.map(({ step }) => step))}.`,
    ...notDone.map(({ step, error }) => `NOT DONE: ${step}. ${error.message}`),
  ]
    .filter(Boolean)
    .join(' ');
};

const findingsOf = (end: StepEnd): readonly Finding[] =>
  end.kind === 'done'
    ? end.outcome.findings.map(({ title, lines }) => ({ title: `${end.step}: ${title}`, lines }))
    : [];

/** The verdict first, then what failed, then a line for each step; what each found comes after, that of the cut first. */
export const doneSteps = (ends: readonly StepEnd[]): Outcome => {
  const cut = ends.flatMap((end) => (end.step === 'isolate' && end.kind === 'done' ? [end.outcome] : []))[0];
  const notDone = failed(ends);
  const last = ends.toSorted((one, other) => rank(one) - rank(other));
  return {
    summary: [
      cut?.summary ?? '',
      ...notDone.map(({ step, error }) => `NOT DONE: ${step}. ${error.sentence}`),
      `In this order: ${ends.map(({ step }) => step).join(', ')}.`,
    ]
      .filter(Boolean)
      .join(' '),
    findings: [
      { title: 'Steps', lines: ends.map((end) => `${end.step}: ${lineOf(end)}`) },
      ...last.flatMap(findingsOf),
    ],
    ...(cut?.verdict === undefined ? {} : { verdict: cut.verdict }),
  };
};

/** What a person needs first; what was looked up is long. */
const rank = ({ step }: StepEnd): number => ({ isolate: 0, inspect: 2 })[step as string] ?? 1;
