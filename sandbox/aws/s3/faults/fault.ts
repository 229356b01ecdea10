import type { S3ErrorCode } from '../protocol/s3-error.ts';
import type { S3Operation } from '../protocol/s3-operations.ts';

/** What goes wrong with a request. */
export type Fault =
  /** Answers with this error of S3 and does nothing. */
  | { readonly kind: 'refuse'; readonly code: S3ErrorCode; readonly message?: string }
  /** Does nothing, and answers 200 with the error in the body, as S3 may once a completion has begun. */
  | { readonly kind: 'refuse in a 200'; readonly code: S3ErrorCode }
  /** Cuts the connection when so many bytes of the request's body have come, frames counted; nothing is kept. */
  | { readonly kind: 'cut body'; readonly afterBytes: number }
  /** Does the work, then cuts the connection instead of answering. */
  | { readonly kind: 'lose answer' }
  /** Does the work, and cuts the connection after so many bytes of the answer's body. */
  | { readonly kind: 'cut answer'; readonly afterBytes: number }
  /** Waits before anything is done; a client that goes away meanwhile is forgotten. */
  | { readonly kind: 'hold before' }
  /** Waits when so many bytes of the request's body have come. */
  | { readonly kind: 'hold in the body'; readonly afterBytes: number }
  /** Does the work and waits before the answer. */
  | { readonly kind: 'hold answer' };

/** Which requests a fault is for. Only requests with a good signature are counted. */
export interface FaultRule {
  /** Any when left out. */
  readonly operation?: S3Operation | readonly S3Operation[];
  readonly bucket?: string;
  readonly key?: string | RegExp;
  readonly partNumber?: number;
  /** The first of the matching requests that is hit, counted from 1; the next one when left out. */
  readonly nth?: number;
  /** How many of them are hit from there on; one when left out. */
  readonly times?: number;
  readonly fault: Fault;
}

/** What a rule looks at. */
export interface FaultTarget {
  readonly operation: S3Operation;
  readonly bucket: string;
  readonly key: string;
  readonly partNumber: number | undefined;
}
