import type { HostUser } from '../core/host-user.ts';
import type { Person } from '../core/person.ts';
import type { ToldPart } from './check/told-rows.ts';

/** A command as it arrived. `delivery` is the same when the chat delivers it twice. */
export interface CommandInput {
  readonly text: string;
  readonly channel: string;
  readonly person: Person;
  readonly delivery: string;
  /** What is said when the delivery was seen before; nothing when left out. */
  readonly whenRepeated?: string;
  /** Where it was not asked for in the chat: who typed it, and only says to be `person`. That process runs it itself. */
  readonly onHost?: HostUser;
}

export interface ClickInput {
  readonly run: string;
  readonly channel: string;
  readonly person: Person;
}

export interface ApplyInput extends ClickInput {
  /** The proof whose failure was told. */
  readonly proof: string;
}

export interface DecisionInput extends ClickInput {
  readonly verdict: 'approve' | 'deny';
  /** The digest that the clicked card showed. */
  readonly planDigest: string;
}

/** What the person who typed or clicked is told, and only that person. */
export type Reply =
  /** The channel's own message is the answer. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'say';
      readonly text: string;
      readonly lines?: readonly string[];
      readonly example?: string;
      /** Users and user groups that the text ends with, by id; the chat shows their names. */
      readonly people?: readonly string[];
      /** Commands to be copied, character for character: none is ever cut, defanged or read as a sentence. */
      readonly commands?: readonly { readonly title: string; readonly command: string }[];
      /** Whole objects, line for line: none is ever cut. */
      readonly objects?: readonly { readonly title: string; readonly body: unknown }[];
    }
  /** Each option is a whole command; pressing it is the same as typing it. */
  | {
      readonly kind: 'choose';
      readonly text: string;
      readonly options: readonly { readonly label: string; readonly command: string }[];
    }
  /** What a check found, for the one who asked: names and verdicts, without accounts, addresses and paths. */
  | { readonly kind: 'checked'; readonly text: string; readonly parts: readonly ToldPart[] }
  /** Whoever has `url` may fetch what it names until `expiresAt`: it stands nowhere but before the one who asked. */
  | {
      readonly kind: 'link';
      readonly text: string;
      readonly url: string;
      readonly name: string;
      readonly expiresAt: Date;
    };

/** The doors of the flow, as the chat knocks on them. None of them throws: every failure is a reply. */
export interface UseCases {
  command(input: CommandInput): Promise<Reply>;
  decide(input: DecisionInput): Promise<Reply>;
  cancel(input: ClickInput): Promise<Reply>;
  /** Once for each expired run, however often its button is pressed. */
  askAgain(input: ClickInput): Promise<Reply>;
  /** The command of a run whose proof failed, as a new run: the same as typing it. Once for each proof. */
  applyAgain(input: ApplyInput): Promise<Reply>;
}
