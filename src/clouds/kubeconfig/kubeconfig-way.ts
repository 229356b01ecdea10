import { X509Certificate } from 'node:crypto';
import { dirname } from 'node:path';
import type { CloudContext, ClusterAccess } from '../../core/cloud.ts';
import { certificateSubject } from '../access/certificate-subject.ts';
import { certificateWarnings } from '../access/certificate-warnings.ts';
import { checkClientCertificate } from '../access/client-certificate.ts';
import type { FileWay } from '../access/file-way.ts';
import { homePath } from '../access/home-path.ts';
import { tokenClaims } from '../access/token-claims.ts';
import { staticTokenWarnings } from '../access/token-warnings.ts';
import { kubeconfigEntry } from './kubeconfig-entry.ts';
import type { KubeconfigFiles } from './kubeconfig-files.ts';
import type { KubeconfigOptions } from './kubeconfig-options.ts';
import { kubeconfigProblem } from './kubeconfig-problem.ts';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig-schema.ts';
import { refuseCredentials } from './refused-credentials.ts';

const urlOf = (text: string, protocols: RegExp, what: string): URL => {
  const url = URL.parse(text);
  if (url !== null && protocols.test(url.protocol)) return url;
  throw kubeconfigProblem(
    'config-invalid',
    `The ${what} of the kubeconfig is not a URL that Firebreak can use.`,
    what === 'server'
      ? 'Use the https address of the Kubernetes API; credentials go over TLS only.'
      : 'Use an http:// or socks5:// proxy.',
  );
};

const checkCa = (pem: string): string => {
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    throw kubeconfigProblem(
      'config-invalid',
      'The CA of the kubeconfig is not a PEM certificate.',
      "Put the cluster's CA into certificate-authority-data (base64 of PEM) or certificate-authority (a file).",
    );
  }
};

const checkToken = (token: string): string => {
  if (/^[\x21-\x7e]+$/u.test(token)) return token;
  throw kubeconfigProblem(
    'cluster-credentials',
    'The token of the kubeconfig is empty or has characters that no token has.',
    'Write a new token into the kubeconfig or its tokenFile.',
  );
};

/** Reads files for one reading and remembers their stamps. */
const reading = (files: KubeconfigFiles, folder: string, home: string) => {
  const stamps = new Map<string, string>();
  const read = async (path: string): Promise<string> => {
    const full = homePath(path, home, folder);
    // Before the text: a file that is written in between is then read again next time.
    stamps.set(full, await files.stamp(full));
    return await files.read(full);
  };
  return {
    stamps,
    read,
    /** Data wins over the file, as with kubectl. */
    either: async (data: string | undefined, path: string | undefined): Promise<string | undefined> => {
      if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
      return path === undefined ? undefined : await read(path);
    },
  };
};
type Reading = ReturnType<typeof reading>;

const readEndpoint = async (
  cluster: KubeconfigCluster,
  options: KubeconfigOptions,
  source: Reading,
): Promise<Omit<FileWay['endpoint'], 'clientCertificate'>> => {
  const ca = await source.either(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const tlsServerName = options.tlsServerName ?? cluster['tls-server-name'];
  const proxy = options.proxyUrl ?? cluster['proxy-url'];
  return {
    server: urlOf(options.server ?? cluster.server, /^https:$/u, 'server'),
    ...(ca === undefined ? {} : { caPem: checkCa(ca) }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(proxy === undefined ? {} : { proxyUrl: urlOf(proxy, /^(http|socks5h?):$/u, 'proxy-url') }),
  };
};

const readCredentials = async (
  user: KubeconfigUser,
  source: Reading,
): Promise<{
  readonly token: string | undefined;
  readonly certificate: ClusterAccess['clientCertificate'];
}> => {
  const cert = await source.either(user['client-certificate-data'], user['client-certificate']);
  const key = await source.either(user['client-key-data'], user['client-key']);
  // A token file wins over a token, as with client-go, because it is the one that is renewed.
  const token = user.tokenFile === undefined ? user.token : (await source.read(user.tokenFile)).trim();
  if (token === undefined && (cert === undefined || key === undefined)) {
    throw kubeconfigProblem(
      'cluster-credentials',
      'The user of the kubeconfig has neither a token nor a client certificate with its key.',
      'Add token, tokenFile, or client-certificate-data and client-key-data.',
    );
  }
  return {
    token: token === undefined ? undefined : checkToken(token),
    certificate: cert === undefined || key === undefined ? undefined : checkClientCertificate(cert, key),
  };
};

interface Described {
  readonly source: string;
  readonly principal: string | undefined;
  readonly warnings: readonly string[];
}

/** As the API server: a certificate that it takes comes first, and no token is looked at then. */
const describe = (
  user: KubeconfigUser,
  { token, certificate }: Awaited<ReturnType<typeof readCredentials>>,
  now: Date,
): Described => {
  if (certificate !== undefined) {
    return {
      source: 'the client certificate',
      principal: certificateSubject(certificate.certPem).name,
      warnings: certificateWarnings(certificate.certPem, now),
    };
  }
  const principal = token === undefined ? undefined : tokenClaims(token)?.sub;
  if (user.tokenFile !== undefined) return { source: 'the token file', principal, warnings: [] };
  return { source: 'the token', principal, warnings: staticTokenWarnings(token ?? '', now) };
};

/**
 * Reads a kubeconfig and every file it names. Relative paths in it start from its own folder, as kubectl's do.
 * Throws `config-invalid` and `cluster-credentials`.
 */
export const readKubeconfigWay = async (
  files: KubeconfigFiles,
  options: KubeconfigOptions,
  context: CloudContext,
): Promise<FileWay> => {
  const path = homePath(options.path, context.home, context.baseDir);
  const source = reading(files, dirname(path), context.home);
  const { cluster, user } = kubeconfigEntry(await source.read(path), path, options.context);
  refuseCredentials(cluster, user, path);
  const endpoint = await readEndpoint(cluster, options, source);
  const credentials = await readCredentials(user, source);
  const { token, certificate } = credentials;
  const described = describe(user, credentials, context.clock.now());
  return {
    endpoint: { ...endpoint, ...(certificate === undefined ? {} : { clientCertificate: certificate }) },
    token,
    source: `${described.source} in the kubeconfig ${path}`,
    ...(described.principal === undefined ? {} : { principal: described.principal }),
    warnings: described.warnings,
    stamps: source.stamps,
  };
};
