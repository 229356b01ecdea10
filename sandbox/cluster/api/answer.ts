import { noSuchPath, type Status } from './status.ts';

/** What a handler decides; one place writes it to HTTP, before or after an upgrade was asked for. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly code: number;
      readonly body: unknown;
      /** Each becomes a header `Warning` of code 299. */
      readonly warnings?: readonly string[];
    }
  | { readonly kind: 'text'; readonly code: number; readonly body: string }
  | { readonly kind: 'empty'; readonly code: number }
  | {
      readonly kind: 'stream';
      readonly type: 'text/plain' | 'application/json';
      readonly start: (write: (text: string) => void, end: () => void) => () => void;
    };

export const json = (body: unknown, code = 200): Answer => ({ kind: 'json', code, body });
export const withWarnings = (answer: Answer, warnings: readonly string[]): Answer =>
  answer.kind === 'json' && warnings.length > 0 ? { ...answer, warnings } : answer;
export const text = (body: string, code = 200): Answer => ({ kind: 'text', code, body });
export const empty = (code: number): Answer => ({ kind: 'empty', code });
export const refusal = (status: Status): Answer => ({ kind: 'json', code: status.code, body: status });
export const nothingHere = (): Answer => refusal(noSuchPath());
