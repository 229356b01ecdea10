import { z } from 'zod';

/** Block Kit: a button's value takes 2,000 characters. */
export const VALUE_CHARACTERS = 2_000;

/** The actions that a message of Firebreak's offers. The last is followed by the number of the option. */
export const ACTIONS = {
  approve: 'firebreak.approve',
  deny: 'firebreak.deny',
  cancel: 'firebreak.cancel',
  askAgain: 'firebreak.ask-again',
  applyAgain: 'firebreak.apply-again',
  undo: 'firebreak.undo',
  getLink: 'firebreak.get-link',
  choose: 'firebreak.choose',
} as const;

/**
 * What a button of a card carries: ids only. A value can be seen and sent again by whoever has it, so everything is
 * looked up and authorised again when it arrives.
 */
export const clickValueSchema = z.strictObject({
  /** One word, since some buttons are the same as typing a command with it. */
  run: z.string().regex(/^[\w-]{1,100}$/u),
  plan: z.string().regex(/^[0-9a-f]{64}$/u),
  /** Of a button about one proof: its number. */
  proof: z.exactOptional(z.string().regex(/^\d{1,19}$/u)),
});
export type ClickValue = Readonly<z.infer<typeof clickValueSchema>>;

/** An offered command, whole. Pressing it is the same as typing it. */
export const choiceValueSchema = z.strictObject({ command: z.string().min(1).max(VALUE_CHARACTERS) });

/** The value of a button as an object; undefined when it is not JSON. */
export const readValue = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
};
