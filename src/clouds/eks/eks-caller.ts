import { awsClientConfig } from '../aws/aws-client-config.ts';
import type { EksSession } from './eks-session.ts';

/** As access entries name it: the role or user, never a session. The path of a role is not in a session's ARN. */
const principalOf = (arn: string): string => {
  const assumed = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\/.+$/u.exec(arn);
  return assumed === null ? arn : `arn:${assumed[1]}:iam::${assumed[2]}:role/${assumed[3]}`;
};

/** Whom the cluster sees, as an access entry names it. `undefined` where STS does not say: a sentence does without then. */
export const eksCaller = async ({ credentials, context }: EksSession): Promise<string | undefined> => {
  try {
    const identity = await credentials.provide();
    const handler = await credentials.handler();
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
    const client = new STSClient(awsClientConfig(credentials.place, identity, handler, context));
    const { Arn: arn } = await client.send(new GetCallerIdentityCommand({}));
    return arn === undefined ? undefined : principalOf(arn);
  } catch {
    return undefined;
  }
};
