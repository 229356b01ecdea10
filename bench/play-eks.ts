import { startAws } from '../sandbox/aws/start-aws.ts';
import type { PlayedCloud } from '../sandbox/incident/played-cloud.ts';

const EKS = { name: 'bench', region: 'eu-west-1' } as const;

/** An AWS account with a user whom the cluster knows: `aws eks get-token` can pass no external id for a role. */
export const play = async (): Promise<PlayedCloud> => {
  const aws = await startAws();
  const user = aws.account.addUser('bench');
  const authenticator = aws.authenticator(EKS.name);
  authenticator.allow(user.arn, 'responder');
  return {
    authenticateToken: (token) => authenticator.userOf(token),
    describe: ({ url, caPem }) => aws.eks.put({ ...EKS, status: 'ACTIVE', endpoint: url, caPem }),
    cluster: { provider: 'eks', ...EKS },
    variables: {
      AWS_ACCESS_KEY_ID: user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
      ...aws.endpoints,
    },
    [Symbol.asyncDispose]: aws.close,
  };
};
