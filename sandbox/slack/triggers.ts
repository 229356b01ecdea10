import { randomBytes } from 'node:crypto';
import type { SlackClock } from './clock.ts';
import { SlackError } from './slack-error.ts';

/** A trigger opens one modal, within 3 s of the command or click (docs.slack.dev, "Modals"). */
const TRIGGER_LIFETIME_MS = 3_000;

interface Trigger {
  readonly user: string;
  readonly expiresAt: number;
  state: 'fresh' | 'used';
}

/** The trigger_ids that were handed out with commands and clicks. */
export class Triggers {
  readonly #clock: SlackClock;
  readonly #issued = new Map<string, Trigger>();

  constructor(clock: SlackClock) {
    this.#clock = clock;
  }

  /** Makes a trigger for `user`; `wanted` lets a test choose the id. */
  issue(user: string, wanted?: string): string {
    const now = this.#clock.now();
    const id = wanted ?? `${now}.${randomBytes(5).readUIntBE(0, 5)}.${randomBytes(16).toString('hex')}`;
    this.#issued.set(id, { user, expiresAt: now + TRIGGER_LIFETIME_MS, state: 'fresh' });
    return id;
  }

  /** Uses the trigger up and returns whose it was. */
  exchange(id: string): string {
    const trigger = this.#issued.get(id);
    if (trigger === undefined) throw new SlackError('invalid_trigger_id');
    if (trigger.state === 'used') throw new SlackError('exchanged_trigger_id');
    if (this.#clock.now() >= trigger.expiresAt) throw new SlackError('expired_trigger_id');
    trigger.state = 'used';
    return trigger.user;
  }
}
