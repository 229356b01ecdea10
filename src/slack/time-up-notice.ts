import { releasesByItself } from '../core/releases-by-itself.ts';
import { targetName } from '../core/target.ts';
import type { Run } from '../flow/ledger.ts';
import { ACTIONS } from './click-value.ts';
import { linesMessage } from './lines-message.ts';
import type { Message } from './message.ts';
import { people } from './people-of-run.ts';
import { bold, code, type Line, plain, time, words } from './rich-text.ts';

const provenLine = ({ proven }: Run): Line =>
  proven?.verdict === undefined || proven.at === undefined
    ? [words('It was never proven.')]
    : [
        words('Last proven '),
        bold(proven.verdict),
        words(' at '),
        time(proven.at),
        words(
          proven.state === 'changed'
            ? '; something of it was changed since.'
            : proven.state === 'not proven'
              ? '; it could not be proven since.'
              : '.',
        ),
      ];

/** What a person would type. The pod is named in full, and found again when the button is pressed. */
const releaseCommand = ({ plan }: Run): string | undefined => {
  const [target] = plan.targets;
  return target?.kind === 'pod'
    ? `/k8s release ${plan.cluster.name} pod/${target.name} -n ${target.namespace}`
    : undefined;
};

const BY_NOBODY =
  'Nothing is released by itself, and who does nothing keeps it isolated. Release asks for a new run, which opens the network alone and needs the approvals of its own. ';

const BY_ITSELF =
  'Its approved plan said that its network is opened now, by a run whose card follows. If none does, it could not be planned (the configuration changed since, or the cluster is away): Release asks for one. ';

/** Asks whether what was asked for a time (`--for`) is to be released. Doing nothing keeps it. */
export const renderTimeUp = (run: Run): Message => {
  const [target] = run.plan.targets;
  const command = releaseCommand(run);
  const message = linesMessage([
    [
      ...people(run),
      words(' '),
      bold('TIME IS UP'),
      words(': '),
      plain(
        `${target === undefined ? run.plan.verb : targetName(target)} on ${run.plan.cluster.name} is still isolated (${run.id}). Release it?`,
        300,
      ),
    ],
    provenLine(run),
    [
      words(releasesByItself(run.plan) ? BY_ITSELF : BY_NOBODY),
      code('/k8s in-force'),
      words(' shows what still stands.'),
    ],
  ]);
  if (command === undefined) return message;
  return {
    ...message,
    blocks: [
      ...message.blocks,
      {
        type: 'actions',
        block_id: 'firebreak.time-up',
        elements: [
          {
            type: 'button',
            action_id: `${ACTIONS.choose}.0`,
            text: { type: 'plain_text', text: 'Release', emoji: false },
            value: JSON.stringify({ command }),
          },
        ],
      },
    ],
  };
};
