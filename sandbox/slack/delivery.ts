import type { JsonObject } from './json.ts';

/** How long Slack waits for an acknowledgement (docs.slack.dev, "Slash commands" and "Handling user interaction"). */
export const ACK_DEADLINE_MS = 3_000;

export type EnvelopeType = 'slash_commands' | 'interactive';

/** How an HTTP request is signed; 'invalid' and 'stale' must be refused by the app. */
export type Signature = 'valid' | 'invalid' | 'stale';

/** What came of handing a payload to the app. The outcomes are the words that Slack shows to the person. */
export type Delivery =
  | { readonly outcome: 'acknowledged'; readonly payload: JsonObject | undefined }
  | { readonly outcome: 'operation_timeout' }
  | { readonly outcome: 'dispatch_failed'; readonly reason: string };

/** Hands a payload to the app: over a Socket Mode connection, or as a signed HTTP request. */
export interface Dispatcher {
  deliver(type: EnvelopeType, payload: JsonObject, signature: Signature): Promise<Delivery>;
}
