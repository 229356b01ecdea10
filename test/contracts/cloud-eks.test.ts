import { type CloudFailure, type CloudScene, cloudContract } from './cloud.ts';
import { type EksScene, EXTERNAL_ID, REGION, startEksScene } from './eks-scene.ts';

const scenes = new WeakMap<CloudScene, EksScene>();
const startScene = async (): Promise<CloudScene> => {
  const scene = await startEksScene();
  scenes.set(scene, scene);
  return scene;
};
/** What a test arranges at the stand-in. */
const arrange = (change: (scene: EksScene) => void) => async (scene: CloudScene) => {
  const found = scenes.get(scene);
  if (found === undefined) throw new Error('not a scene of this file');
  change(found);
};
const nothing = arrange(() => undefined);

const failures: readonly CloudFailure[] = [
  {
    when: 'there are no credentials',
    code: 'cluster-credentials',
    says: /found no AWS credentials.*AWS_ACCESS_KEY_ID.*profile default.*AWS_WEB_IDENTITY_TOKEN_FILE.*AWS_CONTAINER_CREDENTIALS_FULL_URI.*instance metadata.*Pod Identity or IRSA/u,
    arrange: arrange(({ environment }) => {
      delete environment['AWS_ACCESS_KEY_ID'];
    }),
  },
  {
    when: 'the role does not trust this identity',
    code: 'cluster-credentials',
    says: /user\/firebreak may not assume the role arn:aws:iam::111122223333:role\/other.*trust policy.*sts:AssumeRole.*without an externalId/u,
    arrange: arrange(({ aws }) => aws.account.addRole({ name: 'other' })),
    options: { region: REGION, name: 'prod', roleArn: 'arn:aws:iam::111122223333:role/other' },
  },
  {
    when: 'the role asks for another external id',
    code: 'cluster-credentials',
    says: /may not assume the role .*\/incident\/responder.*externalId of the configuration as its sts:ExternalId/u,
    arrange: nothing,
    options: {
      region: REGION,
      name: 'prod',
      roleArn: 'arn:aws:iam::111122223333:role/incident/responder',
      externalId: `${EXTERNAL_ID}-0`,
    },
  },
  {
    when: 'the cluster does not exist',
    code: 'config-invalid',
    says: /no EKS cluster prod in the region eu-central-1 of the account.*name and region.*roleArn/u,
    arrange: nothing,
    options: { region: 'eu-central-1', name: 'prod' },
  },
  {
    when: 'the identity lacks eks:DescribeCluster',
    code: 'cluster-credentials',
    says: /user\/firebreak lacks the permission eks:DescribeCluster for the cluster prod.*Allow eks:DescribeCluster on arn:aws:eks:eu-west-1:\*:cluster\/prod/u,
    arrange: arrange(({ aws, user }) => aws.eks.forbid(user.arn)),
    options: { region: REGION, name: 'prod' },
  },
  {
    when: 'the cluster is being created',
    code: 'cluster-unreachable',
    says: /being created \(CREATING\).*no API server yet.*Ask again/u,
    arrange: arrange(({ aws }) => aws.eks.put({ name: 'prod', region: REGION, status: 'CREATING' })),
  },
  {
    when: 'the cluster is pending',
    code: 'cluster-unreachable',
    says: /PENDING.*provider: kubeconfig/u,
    arrange: arrange(({ describeAs }) => describeAs({ status: 'PENDING' })),
  },
  {
    when: 'the cluster is being deleted',
    code: 'cluster-unreachable',
    says: /being deleted \(DELETING\)/u,
    arrange: arrange(({ describeAs }) => describeAs({ status: 'DELETING' })),
  },
  {
    when: 'the cluster has failed',
    code: 'cluster-unreachable',
    says: /has FAILED.*health issues/u,
    arrange: arrange(({ describeAs }) => describeAs({ status: 'FAILED' })),
  },
  {
    when: 'an active cluster has no endpoint',
    code: 'cluster-unreachable',
    says: /names no https endpoint with a CA/u,
    arrange: arrange(({ aws }) => aws.eks.put({ name: 'prod', region: REGION, status: 'ACTIVE' })),
  },
  {
    when: 'AWS does not know the key',
    code: 'cluster-credentials',
    says: /does not know the credentials.*sts:AssumeRole.*the environment.*Replace them/u,
    arrange: arrange(({ environment }) => {
      environment['AWS_ACCESS_KEY_ID'] = 'AKIAAAAAAAAAAAAAAAAA';
    }),
  },
  {
    when: 'the secret key belongs to another key',
    code: 'cluster-credentials',
    says: /did not accept the signature of eks:DescribeCluster.*secret key.*as they were issued together/u,
    arrange: arrange(({ aws, environment }) => {
      environment['AWS_SECRET_ACCESS_KEY'] = aws.account.addUser('other').secretAccessKey;
    }),
    options: { region: REGION, name: 'prod' },
  },
  {
    when: 'the session in the environment has expired',
    code: 'cluster-credentials',
    says: /credentials for eks:DescribeCluster in eu-west-1 have expired \(the environment\).*Renew/u,
    arrange: arrange(({ aws, role, environment, clock }) => {
      const session = aws.account.startSession(role, 'old', 900);
      environment['AWS_ACCESS_KEY_ID'] = session.accessKeyId;
      environment['AWS_SECRET_ACCESS_KEY'] = session.secretAccessKey;
      environment['AWS_SESSION_TOKEN'] = session.sessionToken;
      clock.movedMs += 1_000_000;
    }),
    options: { region: REGION, name: 'prod' },
  },
  {
    when: 'EKS throttles',
    code: 'cluster-throttled',
    says: /AWS throttled eks:DescribeCluster.*several times.*Ask again/u,
    arrange: arrange(({ aws }) => aws.faults.add('eks:DescribeCluster', { kind: 'throttle' })),
  },
  {
    when: 'STS throttles',
    code: 'cluster-throttled',
    says: /AWS throttled sts:AssumeRole/u,
    arrange: arrange(({ aws }) => aws.faults.add('sts:AssumeRole', { kind: 'throttle' })),
  },
  {
    when: 'EKS fails',
    code: 'cluster-answer',
    says: /AWS failed at eks:DescribeCluster.*HTTP 500.*health/u,
    arrange: arrange(({ aws }) => aws.faults.add('eks:DescribeCluster', { kind: 'server error' })),
  },
  {
    when: 'the connection to EKS breaks each time',
    code: 'cluster-unreachable',
    says: /did not answer eks:DescribeCluster.*HTTPS_PROXY/u,
    arrange: arrange(({ aws }) => aws.faults.add('eks:DescribeCluster', { kind: 'drop connection' })),
  },
  {
    when: 'the token would be longer than a cluster takes',
    code: 'cluster-credentials',
    says: /token for an EKS cluster would be \d+ bytes long.*at most 4096.*fewer tags/u,
    arrange: arrange(({ aws }) => {
      aws.account.sessionTokenBytes = 2_500;
    }),
  },
];

cloudContract('eks', startScene, failures);
