import type { ActResult, ClickOptions, CommandOptions, SubmitOptions } from './acting.ts';
import type { SlackClock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { RateLimitOption } from './rate-limits.ts';
import type { NumberedButton, TranscriptOptions } from './render-transcript.ts';
import type { Ephemeral, Message, Visible } from './visible.ts';
import type { WaitOptions } from './wait-for.ts';
import type { Call } from './web-api.ts';
import type {
  Channel,
  Person,
  SEED_CHANNELS,
  SEED_GROUPS,
  SEED_PEOPLE,
  UserGroup,
} from './workspace-seed.ts';

export interface SlackOptions {
  /** 'socket' (the default): payloads go over Socket Mode. 'http': as signed requests to the request URL. */
  readonly mode?: 'socket' | 'http';
  /** The app's URL in 'http' mode, path included; may be set later with `setRequestUrl`. */
  readonly requestUrl?: string;
  /** The bot token's scopes; `DEFAULT_SCOPES` when left out. */
  readonly scopes?: readonly string[];
  /** Deadlines, lifetimes and limits follow this clock; the machine's own when left out. */
  readonly clock?: SlackClock;
  readonly rateLimits?: RateLimitOption;
  /** People and channels beside the seed. */
  readonly people?: readonly Person[];
  readonly channels?: readonly Channel[];
  /** TCP port on 127.0.0.1; any free one when left out. */
  readonly port?: number;
}

/** A Slack workspace with one app installed, on 127.0.0.1. */
export interface StandInSlack extends AsyncDisposable {
  /** The Web API's base, with a slash at its end: the value for SLACK_API_URL. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly teamId: string;
  readonly botUserId: string;
  readonly channels: typeof SEED_CHANNELS;
  readonly people: typeof SEED_PEOPLE;
  readonly groups: typeof SEED_GROUPS;

  /** Types a slash command. Resolves when the app acknowledged it or the deadline passed. */
  command(options: CommandOptions): Promise<ActResult>;
  /** Presses a button or chooses an option, in a message or in an ephemeral message of that person. */
  click(options: ClickOptions): Promise<ActResult>;
  /** Submits a modal that is open in front of the person. */
  submitView(options: SubmitOptions): Promise<ActResult>;
  /** Posts a plain message as a person. Returns its ts. */
  say(options: {
    readonly user: string;
    readonly channel: string;
    readonly text: string;
    readonly threadTs?: string;
  }): Promise<string>;

  /** The messages of a channel as they are now, threads included, oldest first. */
  messages(channel: string): readonly Message[];
  /** What only this person sees in the channel, oldest first. */
  ephemerals(channel: string, user: string): readonly Ephemeral[];
  /** Resolves with the first value of `probe` that is not undefined, null or false; it runs after every change and every answered call. */
  waitFor<T>(probe: (visible: Visible) => T | undefined | null | false, options?: WaitOptions): Promise<T>;
  /** Resolves when at least `count` Socket Mode connections are open (1 when left out). */
  connected(count?: number, options?: WaitOptions): Promise<void>;

  /** Resolves when no Socket Mode connection is open. */
  disconnected(options?: WaitOptions): Promise<void>;

  readonly faults: Faults;
  /** Every request of the app, in order: Web API methods, and 'response_url'. Tokens are left out. */
  readonly calls: readonly Call[];

  setUserGroup(id: string, members: readonly string[], state?: UserGroup['state']): void;
  setChannel(id: string, change: Partial<Omit<Channel, 'id' | 'name'>>): void;
  setPerson(id: string, change: Partial<Pick<Person, 'account' | 'teamId'>>): void;
  setScopes(scopes: readonly string[]): void;
  setRequestUrl(url: string): void;

  /** The channel as plain text for a terminal. */
  renderTranscript(channel: string, options?: TranscriptOptions): string;
  /** The buttons with the numbers that `renderTranscript` shows for the same channel and options. */
  buttons(channel: string, options?: TranscriptOptions): readonly NumberedButton[];
  close(): Promise<void>;
}

/** What the app's manifest asks for, and what its read-only checks need. */
export const DEFAULT_SCOPES = [
  'commands',
  'chat:write',
  'users:read',
  'usergroups:read',
  'channels:read',
  'groups:read',
  'channels:history',
  'groups:history',
] as const;
