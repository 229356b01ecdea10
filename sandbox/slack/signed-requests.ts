import { createHmac } from 'node:crypto';
import type { SlackClock } from './clock.ts';
import {
  ACK_DEADLINE_MS,
  type Delivery,
  type Dispatcher,
  type EnvelopeType,
  type Signature,
} from './delivery.ts';
import { isJsonObject, type JsonObject, parseJson } from './json.ts';

/** Slack's requests count as stale after five minutes (docs.slack.dev, "Verifying requests from Slack"). */
const STALE_BY_MS = 6 * 60_000;

/** `v0=` and the hex HMAC-SHA256 of `v0:timestamp:body`, keyed with the signing secret. */
export function signatureOf(secret: string, timestampSeconds: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestampSeconds}:${body}`).digest('hex')}`;
}

/** Delivers payloads as signed POSTs to the app's request URL. */
export class SignedRequests implements Dispatcher {
  readonly #secret: string;
  readonly #clock: SlackClock;
  #requestUrl: string;

  constructor(secret: string, clock: SlackClock, requestUrl: string) {
    this.#secret = secret;
    this.#clock = clock;
    this.#requestUrl = requestUrl;
  }

  set requestUrl(url: string) {
    this.#requestUrl = url;
  }

  async deliver(type: EnvelopeType, payload: JsonObject, signature: Signature): Promise<Delivery> {
    if (this.#requestUrl === '') return { outcome: 'dispatch_failed', reason: 'no request URL is set' };
    const deadline = new AbortController();
    using _alarm = this.#clock.after(ACK_DEADLINE_MS, () => deadline.abort());
    try {
      const response = await fetch(this.#requestUrl, {
        method: 'POST',
        signal: deadline.signal,
        ...this.#sign(formBody(type, payload), signature),
      });
      const text = await response.text();
      if (!response.ok) return { outcome: 'dispatch_failed', reason: `HTTP ${response.status}` };
      return { outcome: 'acknowledged', payload: ackPayload(text) };
    } catch (error) {
      if (deadline.signal.aborted) return { outcome: 'operation_timeout' };
      return { outcome: 'dispatch_failed', reason: String(error) };
    }
  }

  #sign(body: string, signature: Signature) {
    const sentAt = signature === 'stale' ? this.#clock.now() - STALE_BY_MS : this.#clock.now();
    const timestamp = Math.floor(sentAt / 1_000);
    const secret = signature === 'invalid' ? `${this.#secret}-other` : this.#secret;
    return {
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'x-slack-request-timestamp': String(timestamp),
        'x-slack-signature': signatureOf(secret, timestamp, body),
      },
    };
  }
}

/** A slash command is a flat form; an interaction is one form field that holds JSON. */
function formBody(type: EnvelopeType, payload: JsonObject): string {
  if (type === 'interactive') return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const fields = Object.entries(payload).map(([key, value]): [string, string] => [key, String(value)]);
  return new URLSearchParams(fields).toString();
}

/** An acknowledgement may carry a message, as JSON or as plain text. */
function ackPayload(text: string): JsonObject | undefined {
  if (text === '') return undefined;
  const parsed = parseJson(text);
  return isJsonObject(parsed) ? parsed : { text };
}
