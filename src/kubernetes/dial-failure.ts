import { type ErrorCode, FirebreakError } from '../core/firebreak-error.ts';
import type { SecretFilter } from './secret-filter.ts';
import { serverText } from './server-text.ts';

/** What was dialled: for the sentence. */
export interface Dialled {
  readonly cluster: string;
  readonly server: URL;
  readonly filter: SecretFilter;
}

/** Our own time-outs, as an error code beside Node's. */
const TIMEOUT_CODES = {
  connect: 'FIREBREAK_CONNECT_TIMEOUT',
  headers: 'FIREBREAK_HEADERS_TIMEOUT',
  request: 'FIREBREAK_REQUEST_TIMEOUT',
  log: 'FIREBREAK_LOG_TIMEOUT',
} as const;
export type TimeoutPhase = keyof typeof TIMEOUT_CODES;

export const timeoutError = (phase: TimeoutPhase, ms: number): Error =>
  Object.assign(new Error(`no ${phase} within ${ms} ms`), { code: TIMEOUT_CODES[phase] });

interface Kind {
  readonly code: ErrorCode;
  readonly message: (place: string, cluster: string) => string;
  readonly next: string;
}

const WRONG_CA: Kind = {
  code: 'cluster-untrusted',
  message: (place, cluster) =>
    `The certificate of cluster ${cluster} at ${place} is not signed by the CA that Firebreak has for it.`,
  next: "Check the cluster's CA in its configuration, and that no proxy opens the TLS connection.",
};
const WRONG_NAME: Kind = {
  code: 'cluster-untrusted',
  message: (place, cluster) => `The certificate of cluster ${cluster} is not valid for the name of ${place}.`,
  next: 'Check the address, or set tlsServerName to a name that the certificate holds.',
};
const WRONG_TIME: Kind = {
  code: 'cluster-untrusted',
  message: (place, cluster) =>
    `The certificate of cluster ${cluster} at ${place} has expired or is not valid yet.`,
  next: "Renew the API server's certificate, and check the clock of this machine.",
};
const NOT_TLS: Kind = {
  code: 'cluster-untrusted',
  message: (place, cluster) => `No trusted TLS connection to cluster ${cluster} at ${place} could be made.`,
  next: 'Check that the address and port are those of the Kubernetes API, and that no proxy changes TLS.',
};
const CLIENT_REFUSED: Kind = {
  code: 'not-authenticated',
  message: (_place, cluster) => `Cluster ${cluster} did not accept Firebreak's client certificate.`,
  next: 'Renew the client certificate of this cluster in its configuration.',
};
const NO_NAME: Kind = {
  code: 'cluster-unreachable',
  message: (place, cluster) => `The name of ${place}, the address of cluster ${cluster}, does not resolve.`,
  next: 'Check the address, and whether this machine resolves private names of that network.',
};
const REFUSED: Kind = {
  code: 'cluster-unreachable',
  message: (place, cluster) => `Nothing accepts connections at ${place}, the address of cluster ${cluster}.`,
  next: 'Check the address and port, and that the API server runs.',
};
const NO_ROUTE: Kind = {
  code: 'cluster-unreachable',
  message: (place, cluster) => `There is no network route to ${place}, the address of cluster ${cluster}.`,
  next: 'Check the network of this machine, or set proxyUrl.',
};
const BROKEN: Kind = {
  code: 'cluster-unreachable',
  message: (place, cluster) => `The connection to cluster ${cluster} at ${place} broke.`,
  next: 'Ask again; if it stays so, check what lies between this machine and the API server.',
};
const PROXY: Kind = {
  code: 'cluster-unreachable',
  message: (place, cluster) =>
    `The proxy did not connect Firebreak to ${place}, the address of cluster ${cluster}.`,
  next: 'Check proxyUrl or HTTPS_PROXY, its credentials, and whether the proxy allows this address.',
};
const SLOW_CONNECT: Kind = {
  code: 'cluster-timeout',
  message: (place, cluster) => `Cluster ${cluster} at ${place} did not take a connection in time.`,
  next: 'Check whether a firewall drops connections to it, and ask again.',
};
const SLOW_ANSWER: Kind = {
  code: 'cluster-timeout',
  message: (place, cluster) => `Cluster ${cluster} at ${place} did not answer in time.`,
  next: 'Ask again; if it stays so, look at the load of the API server.',
};
const SLOW_LOG: Kind = {
  code: 'cluster-timeout',
  message: (place, cluster) => `Cluster ${cluster} at ${place} did not bring a log to its end in time.`,
  next: 'Ask again; if it stays so, look at the node of the pod, from which its logs are read.',
};

const KINDS: Readonly<Record<string, Kind>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: WRONG_CA,
  UNABLE_TO_GET_ISSUER_CERT: WRONG_CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: WRONG_CA,
  SELF_SIGNED_CERT_IN_CHAIN: WRONG_CA,
  DEPTH_ZERO_SELF_SIGNED_CERT: WRONG_CA,
  CERT_SIGNATURE_FAILURE: WRONG_CA,
  CERT_UNTRUSTED: WRONG_CA,
  INVALID_CA: WRONG_CA,
  ERR_TLS_CERT_ALTNAME_INVALID: WRONG_NAME,
  HOSTNAME_MISMATCH: WRONG_NAME,
  CERT_HAS_EXPIRED: WRONG_TIME,
  CERT_NOT_YET_VALID: WRONG_TIME,
  ENOTFOUND: NO_NAME,
  EAI_AGAIN: NO_NAME,
  ECONNREFUSED: REFUSED,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ENETDOWN: NO_ROUTE,
  EADDRNOTAVAIL: NO_ROUTE,
  ERR_PROXY_TUNNEL: PROXY,
  ETIMEDOUT: SLOW_CONNECT,
  [TIMEOUT_CODES.connect]: SLOW_CONNECT,
  [TIMEOUT_CODES.headers]: SLOW_ANSWER,
  [TIMEOUT_CODES.request]: SLOW_ANSWER,
  [TIMEOUT_CODES.log]: SLOW_LOG,
};

/** No byte of the request can have reached a server when one of these was met. */
const NEVER_SENT: ReadonlySet<Kind> = new Set([
  WRONG_CA,
  WRONG_NAME,
  WRONG_TIME,
  NO_NAME,
  REFUSED,
  NO_ROUTE,
  PROXY,
  SLOW_CONNECT,
]);

const systemCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

const kindOf = (error: unknown): Kind => {
  const code = systemCode(error);
  const known = KINDS[code];
  if (known !== undefined) return known;
  if (/^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERT)/u.test(code))
    return CLIENT_REFUSED;
  if (/^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$|CERT_|CRL_)/u.test(code)) return NOT_TLS;
  if (error instanceof Error && /socks/iu.test(error.message)) return PROXY;
  return BROKEN;
};

/**
 * Turns an error below HTTP into a sentence. Codes: `cluster-unreachable` (name, refused, route, reset, proxy),
 * `cluster-untrusted` (any certificate or TLS problem), `cluster-timeout`, `not-authenticated` (client certificate
 * refused in the handshake). The cause keeps Node's code and its message without secrets.
 */
export const dialFailure = (error: unknown, dialled: Dialled): FirebreakError => {
  if (error instanceof FirebreakError) return error;
  const kind = kindOf(error);
  const text = serverText(error instanceof Error ? error.message : 'unknown', dialled.filter);
  return new FirebreakError({
    code: kind.code,
    message: kind.message(dialled.server.host, dialled.cluster),
    next: kind.next,
    retry:
      kind.code === 'cluster-untrusted' || kind.code === 'not-authenticated'
        ? 'retry cannot help'
        : 'retry can help',
    delivery: NEVER_SENT.has(kind) ? 'never' : 'maybe',
    cause: Object.assign(new Error(text), { code: systemCode(error) }),
  });
};
