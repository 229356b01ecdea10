import type { ChatMethods } from './chat-methods.ts';
import type { SlackClock } from './clock.ts';
import type { Delivery, Dispatcher, Signature } from './delivery.ts';
import { type JsonObject, objectAt, stringAt } from './json.ts';
import {
  type ActContext,
  actionFor,
  blockActionsPayload,
  interactiveElements,
  slashCommandPayload,
  viewSubmissionPayload,
} from './payloads.ts';
import type { ResponseContext, ResponseUrls } from './response-urls.ts';
import type { Triggers } from './triggers.ts';
import type { Ephemeral, Message } from './visible.ts';
import { type WaitOptions, waitForVisible } from './wait-for.ts';
import type { World } from './world.ts';

/** How an act is carried to the app. */
export interface ActOptions {
  /** Id of the person who acts. */
  readonly user: string;
  readonly channel: string;
  /** The workspace that the payload names; the person's own when left out. */
  readonly teamId?: string;
  readonly triggerId?: string;
  /** How often the same payload is delivered, with the same trigger_id; once when left out. */
  readonly deliveries?: number;
  /** HTTP only: how the request is signed; 'valid' when left out. */
  readonly signature?: Signature;
}

export interface CommandOptions extends ActOptions {
  /** What follows the command's name. */
  readonly text: string;
  /** '/k8s' when left out. */
  readonly command?: string;
}

export interface ClickOptions extends ActOptions {
  readonly messageTs: string;
  readonly actionId: string;
  /** Which button or option, where several share the action id. */
  readonly value?: string;
}

export interface SubmitOptions extends ActOptions {
  readonly viewId: string;
  /** `state.values`: block id, action id, then the input's state. */
  readonly values: JsonObject;
}

/** What came of a command or a click. */
export interface ActResult {
  /** As Slack shows it to the person when it is not 'acknowledged'. */
  readonly outcome: Delivery['outcome'];
  /** The message that came with the acknowledgement, if any. */
  readonly ack: JsonObject | undefined;
  /** One entry for each delivery. */
  readonly deliveries: readonly Delivery[];
  readonly triggerId: string;
  readonly responseUrl: string;
  /** Resolves when `count` messages (1 when left out) came with the acknowledgement or to the response_url. */
  responses(count?: number, options?: WaitOptions): Promise<readonly JsonObject[]>;
}

export interface ActingParts {
  readonly world: World;
  readonly chat: ChatMethods;
  readonly triggers: Triggers;
  readonly responses: ResponseUrls;
  readonly dispatcher: Dispatcher;
  readonly clock: SlackClock;
  readonly baseUrl: string;
  /** What can be seen, for the message of a wait that failed. */
  readonly describe: () => string;
}

const SLACKBOT = 'USLACKBOT';

/** Acts as a person: types commands, presses buttons, submits modals. */
export class Acting {
  readonly #parts: ActingParts;

  constructor(parts: ActingParts) {
    this.#parts = parts;
  }

  async command(options: CommandOptions): Promise<ActResult> {
    const { world } = this.#parts;
    const command = options.command ?? '/k8s';
    const line = `${command} ${options.text}`.trim();
    world.type(options.channel, options.user, line);
    const { context, responseId } = this.#begin(options, {});
    const payload = slashCommandPayload(context, command, options.text);
    const result = await this.#deliver('slash_commands', payload, context, responseId, options);
    if (result.outcome !== 'acknowledged') {
      const text = `${command} failed with the error "${result.outcome}"`;
      await this.#parts.chat.whisper(
        { channel: options.channel, user: options.user, text },
        options.user,
        SLACKBOT,
      );
    }
    return result;
  }

  async click(options: ClickOptions): Promise<ActResult> {
    const { world, clock } = this.#parts;
    const shown = this.#shown(options);
    const { blockId, element } = this.#element(shown, options);
    const { context, responseId } = this.#begin(options, { original: { kind: shown.kind, ts: shown.ts } });
    const action = actionFor(blockId, element, options.value, clock.now());
    const current = world.message(options.channel, shown.ts) ?? shown;
    const payload = blockActionsPayload(context, current, action);
    return this.#deliver('interactive', payload, context, responseId, options);
  }

  async submitView(options: SubmitOptions): Promise<ActResult> {
    const { world } = this.#parts;
    const open = world.visible.views.find((view) => view.id === options.viewId);
    if (open === undefined || open.user !== options.user)
      throw new Error(`${options.user} has no open view ${options.viewId}`);
    const { context, responseId } = this.#begin(options, {});
    const payload = viewSubmissionPayload(context, open.view, options.values);
    const result = await this.#deliver('interactive', payload, context, responseId, options);
    const next = stringAt(result.ack ?? {}, 'response_action');
    if (result.outcome === 'acknowledged' && (next === '' || next === 'clear')) world.closeView(open.id);
    if (next === 'update') world.showView({ ...open, view: objectAt(result.ack ?? {}, 'view') });
    return result;
  }

  #begin(options: ActOptions, extra: Partial<ResponseContext>) {
    const { world, triggers, responses, baseUrl } = this.#parts;
    const person = world.people.get(options.user);
    const channel = world.channels.get(options.channel);
    if (person === undefined) throw new Error(`nobody has the id ${options.user}`);
    if (channel === undefined) throw new Error(`no channel has the id ${options.channel}`);
    const responseId = responses.issue({ user: person.id, channel: channel.id, ...extra });
    const context: ActContext = {
      person,
      channel,
      teamId: options.teamId ?? person.teamId,
      triggerId: triggers.issue(person.id, options.triggerId),
      responseUrl: `${baseUrl}/response/${responseId}`,
    };
    return { context, responseId };
  }

  async #deliver(
    type: 'slash_commands' | 'interactive',
    payload: JsonObject,
    context: ActContext,
    responseId: string,
    options: ActOptions,
  ): Promise<ActResult> {
    const { dispatcher, responses, world, describe } = this.#parts;
    const times = Array.from({ length: options.deliveries ?? 1 });
    const deliveries = await Promise.all(
      times.map(() => dispatcher.deliver(type, payload, options.signature ?? 'valid')),
    );
    for (const delivery of deliveries)
      if (type === 'slash_commands' && delivery.outcome === 'acknowledged' && delivery.payload !== undefined)
        await responses.acknowledge(responseId, delivery.payload);
    const first = deliveries[0];
    return {
      outcome: first?.outcome ?? 'dispatch_failed',
      ack: first?.outcome === 'acknowledged' ? first.payload : undefined,
      deliveries,
      triggerId: context.triggerId,
      responseUrl: context.responseUrl,
      responses: (count = 1, wait = {}) =>
        waitForVisible(
          world,
          () => {
            const received = responses.received(responseId);
            return received.length >= count && [...received];
          },
          describe,
          wait,
        ),
    };
  }

  #shown(options: ClickOptions): Message | Ephemeral {
    const { world } = this.#parts;
    const message = world.message(options.channel, options.messageTs);
    if (message !== undefined) return message;
    const ephemeral = world.ephemeral(options.channel, options.messageTs);
    if (ephemeral === undefined) throw new Error(`no message ${options.messageTs} in ${options.channel}`);
    if (ephemeral.user !== options.user) throw new Error(`${options.user} does not see ${options.messageTs}`);
    return ephemeral;
  }

  /** The element in the newest version that has it: a person's screen may still show a button that an edit removed. */
  #element(shown: Message | Ephemeral, options: ClickOptions) {
    for (const version of shown.versions.toReversed()) {
      const found = interactiveElements(version.blocks).find(
        ({ element }) =>
          element['action_id'] === options.actionId &&
          (options.value === undefined || element['type'] !== 'button' || element['value'] === options.value),
      );
      if (found !== undefined) return found;
    }
    throw new Error(`message ${shown.ts} never had an element ${options.actionId}`);
  }
}
