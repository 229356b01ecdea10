import { FirebreakError } from '../../core/firebreak-error.ts';

/** A pod that doesn't lead to its cluster. `message` and `next` are whole sentences. */
export const inClusterProblem = (
  code: 'config-invalid' | 'cluster-credentials',
  message: string,
  next: string,
): FirebreakError => new FirebreakError({ code, message, next });
