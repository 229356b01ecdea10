import type { JsonObject } from './json.ts';

/** One state of a message, as people saw it from `at` (milliseconds since the epoch) on. */
export interface MessageVersion {
  readonly at: number;
  readonly text: string;
  readonly blocks: readonly JsonObject[];
}

/** What a message and an ephemeral message have in common. `text` and `blocks` are the current state. */
interface Shown extends MessageVersion {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs?: string;
  /** Place among everything that was ever shown or typed, counted from 0. */
  readonly order: number;
  /** User id of the author; 'USLACKBOT' for Slack's own words. */
  readonly author: string;
  /** Every state from the first to the current one. */
  readonly versions: readonly MessageVersion[];
}

export interface Message extends Shown {
  readonly kind: 'message';
  readonly metadata?: JsonObject;
  readonly reactions: readonly { readonly name: string; readonly users: readonly string[] }[];
  /** The states that edits replaced and made: `versions` without the first. */
  readonly edits: readonly MessageVersion[];
}

export interface Ephemeral extends Shown {
  readonly kind: 'ephemeral';
  /** The only person who sees it. */
  readonly user: string;
}

/** A modal that is open in front of a person. */
export interface OpenView {
  readonly id: string;
  readonly user: string;
  readonly view: JsonObject;
}

/** A slash command as a person typed it. Slack shows it to nobody else. */
export interface TypedCommand {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly at: number;
  readonly order: number;
}

/** Everything that anybody sees, over all channels, in the order in which it came. */
export interface Visible {
  readonly messages: readonly Message[];
  readonly ephemerals: readonly Ephemeral[];
  readonly views: readonly OpenView[];
}
