import { z } from 'zod';
import type { Person } from '../core/person.ts';
import { ACTIONS, choiceValueSchema, clickValueSchema, readValue } from './click-value.ts';

/** docs.slack.dev, "block_actions payload". */
const clickSchema = z.object({
  user: z.object({ id: z.string().min(1), team_id: z.string().optional() }),
  team: z.object({ id: z.string() }).nullish(),
  enterprise: z.object({ id: z.string() }).nullish(),
  channel: z.object({ id: z.string().min(1) }),
  container: z.object({ is_ephemeral: z.boolean().optional() }).optional(),
  /** Tells a second delivery from a second wish; one without it is a wish of its own. */
  trigger_id: z
    .string()
    .min(1)
    .default(() => crypto.randomUUID()),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().optional() })).min(1),
});

/** What a person pressed, with ids only; `unreadable` when the button is not one of ours, or not of this version. */
export type Pressed =
  | {
      readonly kind: 'decide';
      readonly verdict: 'approve' | 'deny';
      readonly run: string;
      readonly planDigest: string;
    }
  | { readonly kind: 'cancel' | 'ask again'; readonly run: string }
  | { readonly kind: 'apply again'; readonly run: string; readonly proof: string }
  /** The same as typing `command`; `choose` is an option of an offer, whose place the answer may take. */
  | { readonly kind: 'choose' | 'type'; readonly command: string }
  | { readonly kind: 'unreadable'; readonly actionId: string };

export interface Click {
  readonly person: Person;
  readonly channel: string;
  readonly delivery: string;
  readonly original: 'keep' | 'replace';
  readonly pressed: Pressed;
}

/** Reads a payload of block_actions; undefined when it doesn't even say who pressed where. */
export const readClick = (body: unknown): Click | undefined => {
  const read = clickSchema.safeParse(body);
  if (!read.success) return undefined;
  const { user, team, enterprise, channel, container, trigger_id: delivery, actions } = read.data;
  const [action] = actions;
  if (action === undefined) return undefined;
  return {
    // The person's own workspace: in a channel shared by Slack Connect it differs from the app's.
    person: { team: user.team_id ?? team?.id ?? enterprise?.id ?? '', user: user.id },
    channel: channel.id,
    delivery,
    original: container?.is_ephemeral === true ? 'replace' : 'keep',
    pressed: readPressed(action.action_id, action.value ?? ''),
  };
};

const readPressed = (actionId: string, text: string): Pressed => {
  const value = readValue(text);
  if (actionId.startsWith(`${ACTIONS.choose}.`)) {
    const choice = choiceValueSchema.safeParse(value);
    return choice.success
      ? { kind: 'choose', command: choice.data.command }
      : { kind: 'unreadable', actionId };
  }
  const click = clickValueSchema.safeParse(value);
  if (!click.success) return { kind: 'unreadable', actionId };
  const { run, plan: planDigest, proof } = click.data;
  switch (actionId) {
    case ACTIONS.approve:
      return { kind: 'decide', verdict: 'approve', run, planDigest };
    case ACTIONS.deny:
      return { kind: 'decide', verdict: 'deny', run, planDigest };
    case ACTIONS.cancel:
      return { kind: 'cancel', run };
    case ACTIONS.askAgain:
      return { kind: 'ask again', run };
    case ACTIONS.applyAgain:
      return proof === undefined ? { kind: 'unreadable', actionId } : { kind: 'apply again', run, proof };
    case ACTIONS.undo:
      return { kind: 'type', command: `undo ${run}` };
    case ACTIONS.getLink:
      return { kind: 'type', command: `download ${run}` };
    default:
      return { kind: 'unreadable', actionId };
  }
};
