import { FirebreakError, type FirebreakErrorInit } from '../../core/firebreak-error.ts';
import { isCertificate } from '../access/is-certificate.ts';
import type { GkeDescription } from './gke-description.ts';
import { gatewayServer } from './gke-gateway.ts';
import type { GkeEndpointName, GkeOptions } from './gke-options.ts';

/** Where GKE says that a cluster is, and who may reach it. */
export interface GkeEndpoint {
  readonly server: URL;
  /** Absent: the certificate is a publicly trusted one. */
  readonly caPem?: string;
  readonly way: GkeEndpointName;
  /** Whether the address is one of the cluster's VPC. */
  readonly isPrivate: boolean;
  /** Authorised networks; undefined where there are none set. */
  readonly networks: readonly string[] | undefined;
  /** Whether `dns` would lead to this cluster from outside. */
  readonly dnsOpen: boolean;
}

/** What tells one address from another. */
export const sameGkeAddress = (one: GkeEndpoint, other: GkeEndpoint): boolean =>
  one.server.href === other.server.href && one.caPem === other.caPem;

type Problem = Pick<FirebreakErrorInit, 'code' | 'message' | 'next'>;

const refused = (problem: Problem): FirebreakError => new FirebreakError(problem);

const asServer = (address: string | undefined): URL | undefined => {
  const url = address === undefined || address === '' ? null : URL.parse(`https://${address}`);
  return url === null || url.pathname !== '/' || url.username !== '' ? undefined : url;
};

const caOf = ({ masterAuth }: GkeDescription): string | undefined => {
  const pem = Buffer.from(masterAuth?.clusterCaCertificate ?? '', 'base64').toString('utf8');
  return isCertificate(pem) ? pem : undefined;
};

const update = ({ project, location, name }: GkeOptions, flag: string): string =>
  `gcloud container clusters update ${name} --location=${location} --project=${project} ${flag}`;

const dnsServer = (description: GkeDescription, options: GkeOptions, what: string): URL => {
  const dns = description.controlPlaneEndpointsConfig?.dnsEndpointConfig;
  const server = asServer(dns?.endpoint);
  if (server === undefined)
    throw refused({
      code: 'cluster-unreachable',
      message: `GKE names no DNS endpoint for the ${what}.`,
      next: 'Leave endpoint out in the configuration, or upgrade the cluster to a version that has one.',
    });
  if (dns?.allowExternalTraffic !== true)
    throw refused({
      code: 'cluster-unreachable',
      message: `The DNS endpoint of the ${what} takes no connections (allowExternalTraffic is off).`,
      next: `Switch it on by \`${update(options, '--enable-dns-access')}\`, or choose another endpoint in the configuration.`,
    });
  return server;
};

interface IpAddresses {
  readonly enabled: boolean;
  readonly publicOpen: boolean;
  readonly publicAddress: string | undefined;
  readonly privateAddress: string | undefined;
}

const ipAddresses = ({
  endpoint,
  controlPlaneEndpointsConfig: planes,
  privateClusterConfig: old,
}: GkeDescription): IpAddresses => {
  const ip = planes?.ipEndpointsConfig;
  const publicOpen = ip === undefined ? old?.enablePrivateEndpoint !== true : ip.enablePublicEndpoint;
  return {
    enabled: ip?.enabled ?? true,
    publicOpen,
    publicAddress: ip?.publicEndpoint ?? old?.publicEndpoint ?? (publicOpen ? endpoint : undefined),
    privateAddress: ip?.privateEndpoint ?? old?.privateEndpoint,
  };
};

/** The way that the configuration asks for, or that the cluster offers. Source: gcloud, which chooses the same. */
const wayOf = (description: GkeDescription, options: GkeOptions): GkeEndpointName => {
  const { enabled, publicOpen } = ipAddresses(description);
  if (options.endpoint !== undefined) return options.endpoint;
  if (!enabled) return 'dns';
  return publicOpen ? 'public' : 'private';
};

const ipServer = (
  description: GkeDescription,
  way: 'public' | 'private',
  options: GkeOptions,
  what: string,
): URL => {
  const { enabled, publicOpen, publicAddress, privateAddress } = ipAddresses(description);
  if (!enabled)
    throw refused({
      code: 'config-invalid',
      message: `The ${what} has no IP endpoints (ipEndpointsConfig is off), and the configuration asks for the ${way} one.`,
      next: 'Set `endpoint: dns` for it in the configuration, or leave it out.',
    });
  if (way === 'public' && !publicOpen)
    throw refused({
      code: 'config-invalid',
      message: `The public endpoint of the ${what} is off.`,
      next: `Set \`endpoint: private\` or \`endpoint: dns\` in the configuration, or switch it on by \`${update(options, '--enable-ip-access --no-enable-private-endpoint')}\`.`,
    });
  const server =
    asServer(way === 'public' ? publicAddress : privateAddress) ?? asServer(description.endpoint);
  if (server === undefined)
    throw refused({
      code: 'cluster-unreachable',
      message: `GKE names no ${way} endpoint for the ${what}.`,
      next: 'Look at it in the Google Cloud console, or choose another endpoint in the configuration.',
    });
  return server;
};

const networksOf = (description: GkeDescription): readonly string[] | undefined => {
  const config =
    description.controlPlaneEndpointsConfig?.ipEndpointsConfig?.authorizedNetworksConfig ??
    description.masterAuthorizedNetworksConfig;
  return config?.enabled === true ? config.cidrBlocks.map(({ cidrBlock }) => cidrBlock) : undefined;
};

/** Throws `cluster-unreachable` and `config-invalid` where the description leads to no API server by the way that is wanted. */
export const gkeEndpoint = (description: GkeDescription, options: GkeOptions, what: string): GkeEndpoint => {
  const way = wayOf(description, options);
  const shared = {
    way,
    networks: networksOf(description),
    dnsOpen: description.controlPlaneEndpointsConfig?.dnsEndpointConfig?.allowExternalTraffic === true,
  };
  switch (way) {
    // Both have publicly trusted certificates: the cluster's own CA did not sign them.
    case 'dns':
      return { ...shared, server: dnsServer(description, options, what), isPrivate: false };
    case 'connect-gateway':
      return { ...shared, server: gatewayServer(description, options, what), isPrivate: false };
    case 'public':
    case 'private': {
      const server = ipServer(description, way, options, what);
      const caPem = caOf(description);
      if (caPem === undefined)
        throw refused({
          code: 'cluster-unreachable',
          message: `GKE names no CA for the ${what}.`,
          next: 'Look at it in the Google Cloud console.',
        });
      return { ...shared, server, caPem, isPrivate: way === 'private' };
    }
  }
};
