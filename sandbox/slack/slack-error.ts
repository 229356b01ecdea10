import type { JsonObject } from './json.ts';

/** A refusal as the Web API words it: HTTP 200 with `ok: false` and Slack's own error string. */
export class SlackError extends Error {
  readonly code: string;
  readonly extra: JsonObject;

  constructor(code: string, extra: JsonObject = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }

  get answer(): JsonObject {
    return { ok: false, error: this.code, ...this.extra };
  }
}
