import type { SlackClock } from './clock.ts';
import type { JsonObject } from './json.ts';
import type { Ephemeral, Message, MessageVersion, OpenView, TypedCommand, Visible } from './visible.ts';
import type { Channel, Person, UserGroup } from './workspace-seed.ts';

export interface Content {
  readonly text: string;
  readonly blocks: readonly JsonObject[];
}

interface NewMessage extends Content {
  readonly channel: string;
  readonly ts: string;
  readonly author: string;
  readonly threadTs: string | undefined;
}

/** The workspace and what people see in it. Entries are immutable and are replaced when they change. */
export class World {
  readonly people = new Map<string, Person>();
  readonly channels = new Map<string, Channel>();
  readonly groups = new Map<string, UserGroup>();
  readonly #commands: TypedCommand[] = [];
  readonly #messages: Message[] = [];
  readonly #ephemerals: Ephemeral[] = [];
  readonly #views: OpenView[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #clock: SlackClock;
  #order = 0;

  constructor(clock: SlackClock) {
    this.#clock = clock;
  }

  get visible(): Visible {
    return { messages: this.#messages, ephemerals: this.#ephemerals, views: this.#views };
  }

  get commands(): readonly TypedCommand[] {
    return this.#commands;
  }

  /** Remembers a slash command as it was typed. */
  type(channel: string, user: string, text: string): void {
    this.#commands.push({ channel, user, text, at: this.#clock.now(), order: this.#order++ });
    this.#notify();
  }

  /** Calls `watcher` after every change of what people see. */
  watch(watcher: () => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => this.#watchers.delete(watcher) };
  }

  /** Lets the watchers look again although nothing visible changed. */
  touch(): void {
    this.#notify();
  }

  message(channel: string, ts: string): Message | undefined {
    return this.#messages.find((message) => message.channel === channel && message.ts === ts);
  }

  ephemeral(channel: string, ts: string): Ephemeral | undefined {
    return this.#ephemerals.find((entry) => entry.channel === channel && entry.ts === ts);
  }

  post(message: NewMessage, metadata: JsonObject | undefined): void {
    this.#messages.push({
      kind: 'message',
      reactions: [],
      edits: [],
      ...(metadata ? { metadata } : {}),
      ...this.#shown(message),
    });
    this.#notify();
  }

  edit(channel: string, ts: string, content: Content, metadata: JsonObject | undefined): void {
    this.#change(this.#messages, channel, ts, (message) => {
      const version = this.#version(content);
      return {
        ...message,
        ...version,
        ...(metadata ? { metadata } : {}),
        versions: [...message.versions, version],
        edits: [...message.edits, version],
      };
    });
  }

  remove(channel: string, ts: string): void {
    const index = this.#messages.findIndex((message) => message.channel === channel && message.ts === ts);
    if (index >= 0) this.#messages.splice(index, 1);
    this.#notify();
  }

  react(channel: string, ts: string, reactions: Message['reactions']): void {
    this.#change(this.#messages, channel, ts, (message) => ({ ...message, reactions }));
  }

  whisper(message: NewMessage, user: string): void {
    this.#ephemerals.push({ kind: 'ephemeral', user, ...this.#shown(message) });
    this.#notify();
  }

  editWhisper(channel: string, ts: string, content: Content): void {
    this.#change(this.#ephemerals, channel, ts, (entry) => {
      const version = this.#version(content);
      return { ...entry, ...version, versions: [...entry.versions, version] };
    });
  }

  removeWhisper(channel: string, ts: string): void {
    const index = this.#ephemerals.findIndex((entry) => entry.channel === channel && entry.ts === ts);
    if (index >= 0) this.#ephemerals.splice(index, 1);
    this.#notify();
  }

  showView(view: OpenView): void {
    this.closeView(view.id);
    this.#views.push(view);
    this.#notify();
  }

  closeView(id: string): void {
    const index = this.#views.findIndex((open) => open.id === id);
    if (index >= 0) this.#views.splice(index, 1);
    this.#notify();
  }

  #version(content: Content): MessageVersion {
    return { at: this.#clock.now(), text: content.text, blocks: content.blocks };
  }

  #shown(message: NewMessage) {
    const { channel, ts, author, threadTs } = message;
    const version = this.#version(message);
    const order = this.#order++;
    return { channel, ts, author, order, ...(threadTs ? { threadTs } : {}), ...version, versions: [version] };
  }

  #change<T extends Message | Ephemeral>(
    list: T[],
    channel: string,
    ts: string,
    next: (entry: T) => T,
  ): void {
    const index = list.findIndex((entry) => entry.channel === channel && entry.ts === ts);
    const entry = list[index];
    if (entry === undefined) return;
    list[index] = next(entry);
    this.#notify();
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
