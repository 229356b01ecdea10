import type { ProxyFaults } from './proxy-faults.ts';

/** One connection that a client asked the proxy for. */
export interface Tunnel {
  /** `host:port` as the client said it: a name where the proxy is to resolve it. */
  readonly target: string;
  /** Who asked, where the proxy wants to know. */
  readonly user?: string;
  readonly outcome: 'asked' | 'opened' | 'refused';
  readonly bytesToServer: number;
  readonly bytesToClient: number;
}

export interface ProxyOptions {
  /** Asked of every client. Without it, the proxy takes anyone. */
  readonly user?: string;
  readonly password?: string;
  /** Where a `host:port` leads: a port on 127.0.0.1. What is not here leads to the same port there. */
  readonly routes?: Readonly<Record<string, number>>;
}

/** A proxy on 127.0.0.1. Every name leads to 127.0.0.1, so that nothing can leave the machine. */
export interface StandInProxy extends AsyncDisposable {
  /** For `proxyUrl`, HTTPS_PROXY and a kubeconfig's `proxy-url`, with user and password. */
  readonly url: string;
  /** In the order in which they were asked for. Those that were refused are among them. */
  readonly tunnels: readonly Tunnel[];
  /** How often a client came without the right password. */
  readonly strangers: number;
  readonly faults: ProxyFaults;
}
