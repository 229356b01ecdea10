import type { FieldChange, Write } from '../../core/change.ts';
import { cleanText } from '../../core/clean-text.ts';
import { copyable } from '../../core/copyable.ts';
import { fieldName, valueText } from '../../core/field-at.ts';
import type { FirebreakError } from '../../core/firebreak-error.ts';
import { isMark } from '../../core/marks.ts';
import { isObjectPath } from '../../core/structure.ts';
import { targetName } from '../../core/target.ts';
import type { HandCommand } from '../../flow/by-hand.ts';
import type { Run } from '../../flow/ledger.ts';

const LINE_CHARACTERS = 1_000;
const VALUE_CHARACTERS = 200;
const FAILURE_CHARACTERS = 4_000;

const clean = (text: string): string => cleanText(text, LINE_CHARACTERS);
const value = (of: FieldChange['after']): string => cleanText(valueText(of), VALUE_CHARACTERS);

/** Why it was not done. The sentence may quote what stands in an object. */
export const failureLine = ({ sentence }: Pick<FirebreakError, 'sentence'>): string =>
  cleanText(sentence, FAILURE_CHARACTERS);

const list = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];

/** `pod/x in payments: label quarantine: true ▶ absent`; an object that is made or taken away is named alone. */
const writeLines = ({ object, fields }: Write): readonly string[] =>
  fields
    .filter((field) => !isMark(field))
    .map((field) =>
      clean(
        isObjectPath(field.path)
          ? `${targetName(object)}: ${field.after === null ? 'is deleted' : 'is made'}`
          : `${targetName(object)}: ${fieldName(field)}: ${value(field.before)} ▶ ${value(field.after)}`,
      ),
    );

/** What is about to happen: what a card shows before anyone decides. */
export const planLines = ({ id, plan }: Run): readonly string[] => [
  clean(
    `${id} undoes ${String(plan.arguments['run'])} on ${plan.targets.map(targetName).join(', ')} of ${plan.cluster.name}.`,
  ),
  plan.onHost === undefined
    ? `${plan.requester.user} asked for it in Slack.`
    : `It is asked for in the name of ${plan.requester.user} by user ${plan.onHost.uid} of the host: Slack does not check that, and the card says so.`,
  ...list('Will change', plan.writes.flatMap(writeLines)),
  ...list('Risks', plan.risks.map(clean)),
  ...list('Notes', plan.notes.map(clean)),
];

const OUTCOMES = {
  applied: 'Changed',
  unknown: 'NOT KNOWN whether this was changed',
  'not applied': 'Not changed',
} as const;

/** How it ended. */
export const endLines = ({ id, state, result }: Run): readonly string[] => {
  const changes = result?.changes ?? [];
  return [
    ...(['unknown', 'applied', 'not applied'] as const).flatMap((outcome) =>
      list(OUTCOMES[outcome], changes.filter((change) => change.outcome === outcome).flatMap(writeLines)),
    ),
    clean(
      [`${id} is ${state}.`, result?.failure ?? '', result?.summary ?? '']
        .filter((part) => part !== '')
        .join(' '),
    ),
  ];
};

/** What it waits for. The channel has its card as soon as Slack can be reached by a Firebreak that serves. */
export const waitingLines = ({ id, plan, expiresAt }: Run): readonly string[] => {
  const { approvals, approvers, selfApproval } = plan.policy;
  return [
    `${id} needs ${approvals} approval${approvals === 1 ? '' : 's'} from ${approvers.join(', ')}${selfApproval ? ', of whom its requester may be one' : ''}. Nothing was changed.`,
    `Its card is owed to the channel ${plan.channel}: a Firebreak that serves posts it as soon as it reaches Slack. It expires at ${expiresAt.toISOString()}.`,
  ].map(clean);
};

/** Each command on a line of its own, to be copied. */
export const handLines = (commands: readonly HandCommand[]): readonly string[] => {
  const of = (does: HandCommand['does']): readonly string[] =>
    commands.filter((one) => one.does === does).map(({ command }) => copyable(command));
  return [
    ...list('To look, since it is not known whether this was changed, or it can’t be put back', of('look')),
    ...list(
      'To put it back without Firebreak (it overwrites whatever stands there by then)',
      of('puts it back'),
    ),
  ];
};
