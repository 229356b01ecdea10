import type { Person, Standing } from '../core/person.ts';

/** People and channels as the chat knows them. A look-up that fails throws `slack-unavailable`: never a guess. */
export interface Directory {
  standing(person: Person): Promise<Standing>;
  /** Members of a user group, ids. Read fresh each time: when asked and again when approved. Throws `not-found`. */
  members(group: string): Promise<readonly string[]>;
  /** `shared` with another workspace, `own`, or `unknown` when the bot can't see it. */
  channel(channel: string): Promise<'own' | 'shared' | 'unknown'>;
  /** The workspace that Firebreak is installed in. */
  team(): Promise<string>;
}

/** What the chat lets the app do, as the chat says it. Looked at by `check`. */
export interface ChatScopes {
  readonly workspace: string;
  /** Asked for by this version and not granted. */
  readonly missing: readonly string[];
  /** Granted and not asked for. */
  readonly further: readonly string[];
}

export interface ChatAccess {
  /** Throws `slack-unavailable` when the token is refused or the chat does not answer. */
  scopes(): Promise<ChatScopes>;
}
