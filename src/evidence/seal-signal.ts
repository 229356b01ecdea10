import { type ErrorCode, FirebreakError } from '../core/firebreak-error.ts';

/** With these the run goes on elsewhere, where all is captured and sealed anew. */
const GOES_ON_ELSEWHERE: ReadonlySet<ErrorCode> = new Set(['interrupted', 'superseded']);

/**
 * The signal of a run while its bundle is sealed. Sealing goes on when a person stopped the run: a bundle that says what is
 * missing is worth more than none. It ends when the run goes on elsewhere.
 */
export const sealSignal = (run: AbortSignal): AbortSignal => {
  const sealing = new AbortController();
  const look = (): void => {
    const { reason }: { readonly reason: unknown } = run;
    if (reason instanceof FirebreakError && GOES_ON_ELSEWHERE.has(reason.code)) sealing.abort(reason);
  };
  if (run.aborted) look();
  else run.addEventListener('abort', look, { once: true });
  return sealing.signal;
};
