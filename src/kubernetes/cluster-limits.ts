/** Every bound of the client in one place: times in milliseconds, sizes in bytes. */
export interface ClusterLimits {
  /** Name look-up, TCP, proxy and TLS together. */
  readonly connectMs: number;
  /** From the start of a request to the first byte of its answer. */
  readonly headersMs: number;
  /** From the start of a request to the last byte of its answer. A log has bounds of its own. */
  readonly requestMs: number;
  /** How long a log that has begun may say nothing while it is waited for. */
  readonly logSilenceMs: number;
  /** How long a log may take in all. It is of what was written so far, so it has an end. */
  readonly logMs: number;
  /** How long a read is repeated while the server answers 429 or 503. */
  readonly retryMs: number;
  /** From the start of an exec to the open socket. The API server waits for the node in this time. */
  readonly handshakeMs: number;
  /** Largest JSON answer that is read. */
  readonly answerBytes: number;
  /** Largest text of a refusal that is read: as client-go. */
  readonly refusalBytes: number;
  /** Items asked for in one page of a list: as client-go's pager. */
  readonly pageItems: number;
}

export const DEFAULT_LIMITS: ClusterLimits = {
  connectMs: 10_000,
  headersMs: 30_000,
  requestMs: 60_000,
  logSilenceMs: 60_000,
  logMs: 60 * 60_000,
  retryMs: 30_000,
  handshakeMs: 40_000,
  answerBytes: 64 * 1024 * 1024,
  refusalBytes: 64 * 1024,
  pageItems: 500,
};
