import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers one request to a host; `body` is whole. */
export type HostHandler = (
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
) => void | Promise<void>;

/**
 * The part of the internet that a test plays, behind an HTTP proxy on 127.0.0.1: hosts under their real names, with
 * certificates of an authority of its own. Everything else is refused, so that nothing can leave the machine.
 */
export interface Internet extends AsyncDisposable {
  /** For HTTPS_PROXY. */
  readonly proxyUrl: string;
  /** For NODE_EXTRA_CA_CERTS, or `trustAlso` in this process. */
  readonly caPem: string;
  /** Each request as `GET host/path`, without its query. */
  readonly requests: readonly string[];
  /** `host:port` of what was asked for and is not there. */
  readonly refused: readonly string[];
  /** A host by its full name, or `*.` before a domain for all below it. The newest of a name wins. */
  serve(host: string, handler: HostHandler): void;
}
