import { checkBlocks } from './block-kit.ts';
import type { EmulateBackend } from './emulate-backend.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from './json.ts';
import { SlackError } from './slack-error.ts';
import type { Triggers } from './triggers.ts';
import { BOT_USER_ID } from './workspace-seed.ts';
import type { World } from './world.ts';

/** docs.slack.dev, "View objects". */
const TITLE = 24;
const CALLBACK_ID = 255;
const PRIVATE_METADATA = 3_000;

/** views.open and views.update. */
export class ViewMethods {
  readonly #world: World;
  readonly #backend: EmulateBackend;
  readonly #triggers: Triggers;

  constructor(world: World, backend: EmulateBackend, triggers: Triggers) {
    this.#world = world;
    this.#backend = backend;
    this.#triggers = triggers;
  }

  async open(args: JsonObject): Promise<JsonObject> {
    const view = checkView(args['view']);
    const user = this.#triggers.exchange(stringAt(args, 'trigger_id'));
    const inner = await this.#backend.call('views.generateTriggerId', { user_id: user }, BOT_USER_ID);
    const sent = { view, trigger_id: inner['trigger_id'] };
    return this.#show(await this.#backend.call('views.open', sent, BOT_USER_ID), user);
  }

  async update(args: JsonObject): Promise<JsonObject> {
    const view = checkView(args['view']);
    const open = this.#world.visible.views.find((candidate) => candidate.id === args['view_id']);
    if (open === undefined) throw new SlackError('not_found');
    return this.#show(await this.#backend.call('views.update', { ...args, view }, BOT_USER_ID), open.user);
  }

  #show(answer: JsonObject, user: string): JsonObject {
    const view = objectAt(answer, 'view');
    if (answer['ok'] === true) this.#world.showView({ id: stringAt(view, 'id'), user, view });
    return answer;
  }
}

function checkView(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new SlackError('invalid_arguments');
  const problems = [
    ...['title', 'submit', 'close']
      .filter((key) => stringAt(objectAt(value, key), 'text').length > TITLE)
      .map((key) => `must be less than ${TITLE + 1} characters [json-pointer:/view/${key}/text]`),
    ...(stringAt(value, 'callback_id').length > CALLBACK_ID
      ? [`must be less than ${CALLBACK_ID + 1} characters [json-pointer:/view/callback_id]`]
      : []),
    ...(stringAt(value, 'private_metadata').length > PRIVATE_METADATA
      ? [`must be less than ${PRIVATE_METADATA + 1} characters [json-pointer:/view/private_metadata]`]
      : []),
  ];
  if (problems.length > 0)
    throw new SlackError('invalid_arguments', {
      response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) },
    });
  checkBlocks(value['blocks'], 'view');
  return value;
}
