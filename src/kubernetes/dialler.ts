import type { Agent as HttpAgent } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { SocksProxyAgent } from 'socks-proxy-agent';
import type { ClusterAccess } from '../core/cloud.ts';
import { FirebreakError } from '../core/firebreak-error.ts';

/** The proxy variables of the environment, as Node's Agent takes them. */
export type ProxyEnvironment = Readonly<
  Partial<
    Record<
      'HTTPS_PROXY' | 'https_proxy' | 'HTTP_PROXY' | 'http_proxy' | 'NO_PROXY' | 'no_proxy',
      string | undefined
    >
  >
>;

/** The one way to dial one cluster; REST and exec share its Agent, and so its CA, certificate, name and proxy. */
export interface Dialler {
  readonly server: URL;
  readonly agent: HttpAgent;
  /** What tells this way from another: address, CA, certificate, server name, proxy. */
  readonly fingerprint: string;
  close(): void;
}

/** Below the 90 s after which a Go server closes an idle connection, and below Azure's and AWS's idle cuts of 240 and 350 s. */
const IDLE_SOCKET_MS = 50_000;

const hostOf = (server: URL): string => server.hostname.replace(/^\[|\]$/gu, '');

const tlsOptions = (access: ClusterAccess): AgentOptions => {
  const name = access.tlsServerName ?? hostOf(access.server);
  return {
    // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED can't switch it off.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(access.caPem === undefined ? {} : { ca: access.caPem }),
    ...(access.clientCertificate === undefined
      ? {}
      : { cert: access.clientCertificate.certPem, key: access.clientCertificate.keyPem }),
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // Behind SOCKS the socket does not know the host, and Node would compare with "localhost".
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
};

const unusableProxy = (message: string): FirebreakError =>
  new FirebreakError({
    code: 'config-invalid',
    message,
    next: 'Use an http:// or socks5:// proxy as proxyUrl.',
  });

const proxiedAgent = (proxy: URL, options: AgentOptions): HttpAgent => {
  if (proxy.protocol === 'http:') return new Agent({ ...options, proxyEnv: { HTTPS_PROXY: proxy.href } });
  if (/^socks5h?:$/u.test(proxy.protocol)) {
    // As with kubectl the proxy resolves the name: it stands where private names resolve.
    return new SocksProxyAgent(proxy.href.replace(/^socks5:/u, 'socks5h:'), options);
  }
  throw unusableProxy(`A proxy of the kind "${proxy.protocol.slice(0, -1)}" can't carry exec connections.`);
};

const createAgent = (access: ClusterAccess, environment: ProxyEnvironment): HttpAgent => {
  const options: AgentOptions = { ...tlsOptions(access), keepAlive: true, timeout: IDLE_SOCKET_MS };
  try {
    if (access.proxyUrl !== undefined) return proxiedAgent(access.proxyUrl, options);
    return new Agent({ ...options, proxyEnv: { ...environment } });
  } catch (error) {
    // Node's own message quotes the URL with its password.
    throw error instanceof FirebreakError ? error : unusableProxy("The proxy's URL can't be read.");
  }
};

/** Throws `config-invalid` for a server that is not https and for an unknown kind of proxy. */
export const createDialler = (access: ClusterAccess, environment: ProxyEnvironment): Dialler => {
  if (access.server.protocol !== 'https:') {
    throw new FirebreakError({
      code: 'config-invalid',
      message: `The cluster's address ${access.server.host} is not https.`,
      next: 'Use the https address of the Kubernetes API; Firebreak sends credentials over TLS only.',
    });
  }
  const agent = createAgent(access, environment);
  return {
    server: access.server,
    agent,
    fingerprint: JSON.stringify([
      access.server.href,
      access.caPem,
      access.tlsServerName,
      access.proxyUrl?.href,
      access.clientCertificate?.certPem,
    ]),
    close: () => agent.destroy(),
  };
};
