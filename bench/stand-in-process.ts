import { startAws } from '../sandbox/aws/start-aws.ts';
import { startCluster } from '../sandbox/cluster/start-cluster.ts';

const EKS = { name: 'bench', region: 'eu-west-1' } as const;

/** The cluster, and the AWS account by which it is an EKS cluster too, in a process of their own, so that they do not take the clients' time. Ends with its parent. */
const aws = await startAws();
const user = aws.account.addUser('bench');
const authenticator = aws.authenticator(EKS.name);
authenticator.allow(user.arn, 'responder');
const cluster = await startCluster({ authenticateToken: (token) => authenticator.userOf(token) });
aws.eks.put({ ...EKS, status: 'ACTIVE', endpoint: cluster.url, caPem: cluster.caPem });
const stop = (): void => {
  void Promise.all([cluster.close(), aws.close()]).then(() => process.exit());
};
process.once('disconnect', stop);
process.once('SIGTERM', stop);
process.send?.({
  url: cluster.url,
  caPem: cluster.caPem,
  token: cluster.token('responder'),
  kubeconfig: cluster.kubeconfig('responder'),
  withoutProcesses: cluster.containersReason,
  eks: {
    ...EKS,
    keys: { AWS_ACCESS_KEY_ID: user.accessKeyId, AWS_SECRET_ACCESS_KEY: user.secretAccessKey },
    endpoints: aws.endpoints,
  },
});
