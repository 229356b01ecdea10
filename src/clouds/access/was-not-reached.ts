import type { FirebreakError } from '../../core/firebreak-error.ts';
import type { AccessOptions } from './access-options.ts';

/** A connection that did not come about: what a private or guarded endpoint looks like from outside. */
const NO_CONNECTION: ReadonlySet<unknown> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'FIREBREAK_CONNECT_TIMEOUT',
]);

/**
 * Whether there was no connection to the address that the cloud names. Of a tunnel or a proxy that the configuration
 * names, what the cloud knows of its own address says nothing.
 */
export const wasNotReached = ({ cause }: FirebreakError, { server, proxyUrl }: AccessOptions): boolean =>
  server === undefined &&
  proxyUrl === undefined &&
  cause instanceof Error &&
  'code' in cause &&
  NO_CONNECTION.has(cause.code);
