import type { types } from '@slack/bolt';
import type { Run } from '../flow/ledger.ts';
import { ACTIONS, type ClickValue } from './click-value.ts';

const button = (run: Run, action: string, label: string): types.Button => {
  const value: ClickValue = { run: run.id, plan: run.planDigest };
  return {
    type: 'button',
    action_id: action,
    text: { type: 'plain_text', text: label, emoji: false },
    value: JSON.stringify(value),
  };
};

const CANCEL_CONFIRM: types.ConfirmationDialog = {
  title: { type: 'plain_text', text: 'Cancel this run?' },
  text: { type: 'plain_text', text: 'It stops now. What was captured so far stays, marked INCOMPLETE.' },
  confirm: { type: 'plain_text', text: 'Cancel the run' },
  deny: { type: 'plain_text', text: 'Let it run' },
  style: 'danger',
};

/** What can be pressed in the run's state; no buttons once there is nothing left to decide. */
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
        ? [{ ...button(run, ACTIONS.cancel, 'Cancel'), confirm: CANCEL_CONFIRM }]
        : [];
    case 'expired':
      return [button(run, ACTIONS.askAgain, 'Ask again')];
    case 'succeeded':
    case 'incomplete':
    case 'failed':
    case 'denied':
    case 'cancelled':
      return [];
  }
};
