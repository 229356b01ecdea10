import { FIELD_MANAGER } from '../core/marks.ts';
import type { Drifted, Nearby, Writer } from '../core/proof-round.ts';
import { targetName } from '../core/target.ts';
import type { ProofNotice, Run } from '../flow/ledger.ts';
import type { NoticedProof } from '../flow/outbox.ts';
import { button } from './card-buttons.ts';
import { ACTIONS } from './click-value.ts';
import { limitLines } from './limit-lines.ts';
import { linesMessage } from './lines-message.ts';
import type { Message } from './message.ts';
import { people } from './people-of-run.ts';
import { bold, code, type Line, plain, sentence, time, words } from './rich-text.ts';
import { runTitle } from './run-title.ts';

const REASONS = 4;
const DRIFTED = { lines: 6, characters: 1_500 } as const;

/**
 * What the channel is told of a proof that was repeated. Only counts, names and verdicts: its addresses are in the
 * database, not in the channel.
 */
export const renderProof = (notice: ProofNotice, run: Run, about: NoticedProof | undefined): Message => {
  if (about === undefined)
    return linesMessage([
      [words('A proof was repeated; '), code('/k8s in-force'), words(' shows how it stands.')],
    ]);
  switch (notice) {
    case 'proof-failed':
      return withApplyAgain(run, about, linesMessage(failedLines(run, about)));
    case 'proof-missed':
      return withApplyAgain(run, about, linesMessage(missedLines(run, about)));
    case 'proof-again':
      return linesMessage(againLines(run, about));
  }
};

const title = (run: Run): Line => [plain(`${runTitle(run)} (${run.id})`, 300)];

const wasLine = ({ before }: NoticedProof): Line =>
  before === undefined
    ? [words('It was never proven before.')]
    : [words('It was '), bold(before.proof.verdict), words(' at '), time(before.at), words('.')];

const failedLines = (run: Run, about: NoticedProof): readonly Line[] => {
  const { result, drifted, around } = about.round;
  const proof = result.kind === 'proven' ? result.proof : undefined;
  const verdict =
    proof === undefined ? 'NOT PROVEN' : drifted.length > 0 ? `${proof.verdict}, but CHANGED` : proof.verdict;
  return [
    [...people(run), words(' '), bold(verdict), words(': '), ...title(run)],
    wasLine(about),
    ...limitLines(drifted.map(driftedLine), DRIFTED, `with /k8s in-force`),
    ...(around.length === 0
      ? []
      : [
          [words('Done next to it since then, which may be why:')],
          ...limitLines(around.map(nearbyLine), DRIFTED, 'in the namespace'),
        ]),
    ...(proof?.reasons ?? []).slice(0, REASONS).map((reason): Line => sentence(reason, 400)),
    ...(result.kind === 'not proven' ? [sentence(result.why, 600)] : []),
    ...(drifted.length === 0 && proof?.next !== undefined ? [sentence(proof.next, 600)] : []),
    [
      words(
        drifted.length === 0
          ? 'Apply again asks for the same command as a new run, which needs the same approvals. '
          : 'Ask who did this before it is done again: someone, or a controller, works against it. Apply again asks for the same command as a new run, which needs the same approvals. ',
      ),
      code('/k8s in-force'),
      words(' shows what still stands.'),
    ],
  ];
};

const missedLines = (run: Run, about: NoticedProof): readonly Line[] => {
  const { before, round } = about;
  return [
    [
      ...people(run),
      words(' '),
      bold('NOT PROVEN'),
      ...(before === undefined ? [words(' so far')] : [words(' since '), time(before.at)]),
      words(': '),
      ...title(run),
    ],
    ...(before === undefined ? [] : [wasLine(about)]),
    ...(round.result.kind === 'not proven' ? [sentence(round.result.why, 600)] : []),
    [
      words(
        'What the run changed still stands as far as is known; whether it holds is not. It is tried again by itself, and only a change is told.',
      ),
    ],
  ];
};

const againLines = (run: Run, { round }: NoticedProof): readonly Line[] => [
  [
    words(
      round.standing.state === 'good'
        ? 'Proven again: '
        : 'The proof can be made again, and did not get better: ',
    ),
    bold(round.result.kind === 'proven' ? round.result.proof.verdict : 'NOT PROVEN'),
    words(' at '),
    time(round.at),
    words(', '),
    ...title(run),
  ],
];

/** `• label x of pod/y in z is absent, it was 1; last written by kubectl-edit at 14:32.` */
const driftedLine = ({ object, field, now, is, was, by }: Drifted): Line => {
  const name = targetName(object);
  const what = field === 'the object' ? name : `${field} of ${name}`;
  const how =
    now === 'gone'
      ? 'is gone; the cluster’s audit log knows who deleted it'
      : is === undefined
        ? 'was changed'
        : `is ${is}, it was ${was ?? 'otherwise'}`;
  return [
    words('• '),
    plain(`${what} ${how}`, 400),
    ...(by === undefined ? [] : writerParts(by)),
    words('.'),
  ];
};

const writerParts = ({ wrote, manager, at }: Writer): Line => [
  words(wrote === 'this field' ? '; written by ' : '; the last who wrote anything there was '),
  ...(manager === FIELD_MANAGER ? [words('another client that calls itself ')] : []),
  code(manager, 100),
  words(' at '),
  time(new Date(at)),
];

const nearbyLine = ({ object, now, by }: Nearby): Line => [
  words('• '),
  plain(`${targetName(object)} ${now === 'new' ? 'is new' : 'was changed'}`, 300),
  ...writerParts(by),
  words('.'),
];

const withApplyAgain = (run: Run, { round }: NoticedProof, message: Message): Message => ({
  ...message,
  blocks: [
    ...message.blocks,
    {
      type: 'actions',
      block_id: 'firebreak.proof',
      elements: [button(run, ACTIONS.applyAgain, 'Apply again', round.id)],
    },
  ],
});
