import { SignatureV4 } from '@smithy/signature-v4';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { AwsIdentity } from '../aws/aws-identity.ts';
import { NodeSha256 } from '../aws/node-sha256.ts';

export interface EksTokenInit {
  readonly identity: AwsIdentity;
  readonly region: string;
  /** The regional host of STS. */
  readonly host: string;
  /** What the cluster's authenticator calls itself: its name, on Outposts its id. */
  readonly clusterId: string;
  readonly now: Date;
}

const PREFIX = 'k8s-aws-v1.';
/** As the official clients: aws-iam-authenticator ignores it, as long as it is at most 900. */
const EXPIRES_SECONDS = 60;
/** Longer ones are refused by aws-iam-authenticator before it looks at them. */
const LARGEST_TOKEN_BYTES = 4_096;

/** Every byte but RFC 3986's unreserved characters, as AWS's signature was computed. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const presigned = async ({ identity, region, host, clusterId, now }: EksTokenInit): Promise<string> => {
  const signer = new SignatureV4({ service: 'sts', region, credentials: identity, sha256: NodeSha256 });
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host, 'x-k8s-aws-id': clusterId },
    },
    {
      expiresIn: EXPIRES_SECONDS,
      signingDate: now,
      // Otherwise it would move into the query, which the authenticator does not allow.
      unhoistableHeaders: new Set(['x-k8s-aws-id']),
    },
  );
  const search = Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
    .join('&');
  return `${PREFIX}${Buffer.from(`https://${host}/?${search}`).toString('base64url')}`;
};

/** Whether the token of an identity would be short enough; the cluster's id is no part of its length. */
export const fitsEksToken =
  (place: Pick<EksTokenInit, 'host' | 'region'>) =>
  async (identity: AwsIdentity): Promise<boolean> =>
    (await presigned({ ...place, identity, clusterId: '-', now: new Date(0) })).length <= LARGEST_TOKEN_BYTES;

/**
 * A bearer token for an EKS cluster: the presigned URL of STS GetCallerIdentity, with the cluster as a signed header.
 * Nothing is sent. The cluster takes it for 15 minutes after `now`, and only while the identity lives. Throws
 * `cluster-credentials` when it is longer than a cluster takes. Source: aws-iam-authenticator, pkg/token/token.go;
 * AWS CLI, customizations/eks/get_token.py.
 */
export const eksToken = async (init: EksTokenInit): Promise<string> => {
  const token = await presigned(init);
  if (token.length <= LARGEST_TOKEN_BYTES) return token;
  throw new FirebreakError({
    code: 'cluster-credentials',
    message: `The token for an EKS cluster would be ${token.length} bytes long, and clusters take at most ${LARGEST_TOKEN_BYTES}.`,
    next: 'Use a role whose session has fewer tags and shorter policies: they make the session token long.',
  });
};
