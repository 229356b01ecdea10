import { checkServerIdentity, connect } from 'node:tls';
import type { Vouched } from './flow/check/where-it-runs.ts';

export interface OwnApiServer {
  /** `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`, which the kubelet sets in every container. */
  readonly host: string;
  readonly port: number;
}

/** The name that the certificate of every API server holds. */
const NAME = 'kubernetes.default.svc';
/** It stands in the same cluster; a dropped connection must not hold a check. */
const DEADLINE_MS = 5_000;
/** The chain does not end at this CA. CAs of clusters share their names, so the signature may be what is wrong. */
const ANOTHER_CA: ReadonlySet<string> = new Set([
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const isOfAnother = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && ANOTHER_CA.has(error.code);

/**
 * Whether a CA vouches for the API server of the cluster that this process runs in, by a TLS handshake alone: no request
 * is sent, so that it takes no account. Never rejects.
 */
export const vouchedBy = async (
  { host, port }: OwnApiServer,
  caPem: string,
  signal: AbortSignal,
): Promise<Vouched> => {
  const until = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  if (until.aborted) return 'unknown';
  const { promise, resolve } = Promise.withResolvers<Vouched>();
  try {
    const socket = connect({
      ...{ host, port, ca: caPem, servername: NAME, rejectUnauthorized: true },
      checkServerIdentity: (_name, certificate) =>
        checkServerIdentity(NAME, certificate) === undefined
          ? undefined
          : checkServerIdentity(host, certificate),
    });
    const giveUp = (): void => resolve('unknown');
    until.addEventListener('abort', giveUp, { once: true });
    socket.once('secureConnect', () => resolve('yes'));
    socket.on('error', (error) => resolve(isOfAnother(error) ? 'no' : 'unknown'));
    socket.once('close', giveUp);
    try {
      return await promise;
    } finally {
      until.removeEventListener('abort', giveUp);
      socket.destroy();
    }
  } catch {
    // A port that is none.
    return 'unknown';
  }
};
