import type { Headers } from '../signature-v4/headers.ts';

/** A request as it came to one of AWS's services. */
export interface AwsCall {
  readonly method: string;
  /** Path and query as on the request line, not decoded. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One service: decides on a call, whole. */
export type AwsService = (call: AwsCall) => AwsAnswer;
