import type { Segment } from '../state/segments.ts';

/** What an operation answers; headers without a value are left out. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** XML. */
  readonly text?: string;
  /** Bytes on disk; the length is theirs. */
  readonly segments?: readonly Segment[];
  /** For a fault: the connection is cut when so many bytes of the body were sent. */
  readonly cutAfterBytes?: number;
}

export function xmlAnswer(text: string, headers: Answer['headers'] = {}): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, text };
}
