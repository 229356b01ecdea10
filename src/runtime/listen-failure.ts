import { FirebreakError } from '../core/firebreak-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another process',
  EACCES: 'may not be used by this user',
};

/** Why a port could not be listened on, as `config-invalid`, naming the variable that sets it. Other failures stay as they are. */
export const listenFailure = (variable: string, port: number, thrown: unknown): unknown => {
  const errno = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const reason = REASONS[errno];
  return reason === undefined
    ? thrown
    : new FirebreakError({
        code: 'config-invalid',
        message: `Port ${port} ${reason}.`,
        next: `Free it or set ${variable}, then start again.`,
        cause: thrown,
      });
};
