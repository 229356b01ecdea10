import { createHash } from 'node:crypto';
import type { AwsAccount } from '../account/aws-account.ts';
import type { AwsClock } from '../clock.ts';
import type { AwsAnswer, AwsCall } from '../http/aws-call.ts';
import { verifySignatureV4 } from '../signature-v4.ts';
import { eksFailure, eksSignatureFailure } from './eks-failure.ts';

/** A cluster as DescribeCluster tells of it. */
export interface EksClusterState {
  readonly name: string;
  readonly region: string;
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING' | 'FAILED' | 'UPDATING' | 'PENDING';
  /** Missing while it is created. */
  readonly endpoint?: string;
  readonly caPem?: string;
  readonly publicAccess?: boolean;
  readonly privateAccess?: boolean;
  readonly publicAccessCidrs?: readonly string[];
  readonly authenticationMode?: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
  /** A local cluster on Outposts: its authenticator goes by this id. */
  readonly outpostId?: string;
}

/**
 * Amazon EKS: DescribeCluster.
 * Source: https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html
 */
export class EksService {
  readonly #account: AwsAccount;
  readonly #clock: AwsClock;
  readonly #clusters = new Map<string, EksClusterState>();
  readonly #mayNotDescribe = new Set<string>();

  constructor(account: AwsAccount, clock: AwsClock) {
    this.#account = account;
    this.#clock = clock;
  }

  /** Adds a cluster, or replaces the one of this name and region. */
  put(cluster: EksClusterState): void {
    this.#clusters.set(`${cluster.region}/${cluster.name}`, cluster);
  }

  remove(region: string, name: string): void {
    this.#clusters.delete(`${region}/${name}`);
  }

  /** Takes eks:DescribeCluster from the IAM policy of whoever has this ARN. */
  forbid(arn: string): void {
    this.#mayNotDescribe.add(arn);
  }

  actionOf({ method, target }: AwsCall): string {
    return method === 'GET' && /^\/clusters\/[^/]+$/.test(target) ? 'eks:DescribeCluster' : 'eks:unknown';
  }

  answer(call: AwsCall): AwsAnswer {
    const verdict = verifySignatureV4(
      { ...call, payloadHash: createHash('sha256').update(call.body).digest('hex') },
      {
        service: 'eks',
        now: this.#clock.now(),
        accessKey: (id) => this.#account.accessKey(id),
        pathRule: 'normalised and encoded twice',
        maxSkewMs: 5 * 60_000,
      },
    );
    if (verdict.kind === 'refused') return eksSignatureFailure(verdict.code, verdict.message);
    if (this.actionOf(call) === 'eks:unknown')
      return eksFailure(404, 'NotFoundException', 'No such operation');
    const name = decodeURIComponent(call.target.slice('/clusters/'.length));
    const { region } = verdict.authorization.scope;
    const caller = this.#account.key(verdict.accessKeyId)?.arn ?? '';
    if (this.#mayNotDescribe.has(caller))
      return eksFailure(
        403,
        'AccessDeniedException',
        `User: ${caller} is not authorized to perform: eks:DescribeCluster on resource: arn:${this.#account.partition}:eks:${region}:${this.#account.id}:cluster/${name}`,
      );
    const cluster = this.#clusters.get(`${region}/${name}`);
    if (cluster === undefined)
      return eksFailure(404, 'ResourceNotFoundException', `No cluster found for name: ${name}.`);
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cluster: this.#described(cluster) }),
    };
  }

  #described(cluster: EksClusterState): object {
    const { name, region, status, endpoint, caPem, outpostId } = cluster;
    return {
      name,
      arn: `arn:${this.#account.partition}:eks:${region}:${this.#account.id}:cluster/${name}`,
      status,
      version: '1.36',
      platformVersion: 'eks.1',
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(caPem === undefined
        ? {}
        : { certificateAuthority: { data: Buffer.from(caPem).toString('base64') } }),
      resourcesVpcConfig: {
        endpointPublicAccess: cluster.publicAccess ?? true,
        endpointPrivateAccess: cluster.privateAccess ?? false,
        publicAccessCidrs: cluster.publicAccessCidrs ?? ['0.0.0.0/0'],
        subnetIds: ['subnet-0a', 'subnet-0b'],
      },
      accessConfig: { authenticationMode: cluster.authenticationMode ?? 'API_AND_CONFIG_MAP' },
      ...(outpostId === undefined
        ? {}
        : { id: outpostId, outpostConfig: { outpostArns: [], controlPlaneInstanceType: 'm5.large' } }),
    };
  }
}
