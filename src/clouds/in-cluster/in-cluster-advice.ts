import { join } from 'node:path';
import type { CloudContext } from '../../core/cloud.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { tokenClaims } from '../access/token-claims.ts';
import type { MountedAccount } from './mounted-account.ts';

/** Says of a refused token that it has ended. Gives `failure` itself where the token is not what is wrong. */
export const inClusterAdvice = async (
  failure: FirebreakError,
  account: MountedAccount,
  { cluster, clock }: Pick<CloudContext, 'cluster' | 'clock'>,
): Promise<FirebreakError> => {
  if (failure.code !== 'not-authenticated') return failure;
  const path = join(account.folder, 'token');
  const exp = tokenClaims(await account.read(path).catch(() => ''))?.exp;
  if (exp === undefined || exp * 1_000 > clock.now().getTime()) return failure;
  return new FirebreakError({
    code: failure.code,
    message: `Cluster ${cluster} did not accept the service account token of this pod, which ended at ${new Date(exp * 1_000).toISOString()} and was not renewed.`,
    next: 'Mount the folder of the token and never the file by subPath, which the kubelet does not renew; delete the pod so that it gets a new one; check the clock of the node.',
    retry: failure.retry,
    cause: failure.cause,
  });
};
