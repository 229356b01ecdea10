import { FirebreakError } from '../../core/firebreak-error.ts';

/** A kubeconfig that can't be used as it is. `message` and `next` are whole sentences without any of its secrets. */
export const kubeconfigProblem = (
  code: 'config-invalid' | 'cluster-credentials',
  message: string,
  next: string,
): FirebreakError => new FirebreakError({ code, message, next });
