import type { types } from '@slack/bolt';
import { canBeUndone } from '../core/effect.ts';
import type { Run } from '../flow/ledger.ts';
import { ACTIONS, type ClickValue } from './click-value.ts';
import { liesInS3 } from './evidence-lines.ts';
import { isUndo, undoable } from './run-changes.ts';

export const button = (run: Run, action: string, label: string, proof?: string): types.Button => {
  const value: ClickValue = {
    run: run.id,
    plan: run.planDigest,
    ...(proof === undefined ? {} : { proof }),
  };
  return {
    type: 'button',
    action_id: action,
    text: { type: 'plain_text', text: label, emoji: false },
    value: JSON.stringify(value),
  };
};

const cancelConfirm = (run: Run): types.ConfirmationDialog => ({
  title: { type: 'plain_text', text: 'Cancel this run?' },
  text: { type: 'plain_text', text: ['It stops now.', ...whatStays(run)].join(' ') },
  confirm: { type: 'plain_text', text: 'Cancel the run' },
  deny: { type: 'plain_text', text: 'Let it run' },
  style: 'danger',
});

const whatStays = (run: Run): readonly string[] => [
  ...(run.plan.writes.length === 0
    ? []
    : isUndo(run)
      ? ['What was already put back stays so.']
      : canBeUndone(run.plan.effect)
        ? ['What was already changed stays changed; Undo on this card puts it back.']
        : ['What was already done stays done: it is irreversible.']),
  ...(run.plan.evidence === '' ? [] : ['What was captured so far stays, marked INCOMPLETE.']),
];

const UNDO_CONFIRM: types.ConfirmationDialog = {
  title: { type: 'plain_text', text: 'Undo what this run changed?' },
  text: {
    type: 'plain_text',
    text: 'It makes a new run that puts back what this one changed. Like any command, that run needs the approvals that the rules ask for; its card shows every field.',
  },
  confirm: { type: 'plain_text', text: 'Ask to undo' },
  deny: { type: 'plain_text', text: 'Leave it' },
};

/** What can be pressed in the run's state; no buttons once there is nothing left to do. */
export const cardButtons = (run: Run): readonly types.ActionsBlock[] => {
  const elements = buttonsOf(run);
  return elements.length === 0
    ? []
    : [{ type: 'actions', block_id: 'firebreak.card', elements: [...elements] }];
};

const buttonsOf = (run: Run): readonly types.Button[] => {
  switch (run.state) {
    case 'planned':
      return [
        { ...button(run, ACTIONS.approve, 'Approve'), style: 'primary' },
        { ...button(run, ACTIONS.deny, 'Deny'), style: 'danger' },
      ];
    case 'queued':
    case 'running':
      return run.cancelRequestedBy === undefined
        ? [{ ...button(run, ACTIONS.cancel, 'Cancel'), confirm: cancelConfirm(run) }]
        : [];
    case 'expired':
      return [button(run, ACTIONS.askAgain, 'Ask again')];
    case 'succeeded':
    case 'incomplete':
    case 'failed':
    case 'cancelled':
      return endButtons(run);
    case 'denied':
      return [];
  }
};

const endButtons = (run: Run): readonly types.Button[] => {
  const evidence = run.result?.evidence;
  return [
    ...(undoable(run) ? [{ ...button(run, ACTIONS.undo, 'Undo'), confirm: UNDO_CONFIRM }] : []),
    ...(evidence !== undefined && liesInS3(evidence) ? [button(run, ACTIONS.getLink, 'Get link')] : []),
  ];
};
