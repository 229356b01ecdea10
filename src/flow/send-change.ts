import type { Change } from '../core/change.ts';
import { type ErrorCode, toFirebreakError } from '../core/firebreak-error.ts';
import { failedAnswer, isDone, isFailure } from './answered-otherwise.ts';
import type { ChangeRequest } from './change-request.ts';
import { readMetadata } from './read-object.ts';
import { type ChangeDeps, type Changing, lookLong, settle } from './settle-change.ts';

/** Refusals after which nothing was changed for certain. After any other failure the object is asked. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'not-authenticated',
  'not-allowed',
  'not-found',
  'conflict',
  // Another UID is refused as an invalid change of it.
  'object-invalid',
  'cluster-throttled',
]);

type Sent =
  | { readonly kind: 'settled'; readonly change: Change }
  /** `yes`: the object moved on under it, or the call never arrived. */
  | { readonly kind: 'nothing changed'; readonly again: 'yes' | 'no'; readonly why: unknown };

/**
 * Whether another look finds what stood in the way of a call: the object moved on, the name was taken, or what was to be
 * taken away is gone.
 */
export const movedOn = ({ method }: ChangeRequest, thrown: unknown): boolean => {
  const { code } = toFirebreakError(thrown);
  return code === 'conflict' || (method === 'DELETE' && code === 'not-found');
};

/** Sends the request to its end. A cancel does not stop it any more, since its outcome has to be known; the client's own deadlines do. */
export const sendChange = async (
  deps: ChangeDeps,
  changing: Changing,
  change: Change,
  request: ChangeRequest,
): Promise<Sent> => {
  const { run, client } = changing;
  const { signal } = new AbortController();
  let answer: unknown;
  try {
    answer = await client.write({ ...request, mode: 'for real', signal });
    if (isFailure(answer)) throw failedAnswer(change);
  } catch (thrown) {
    return await afterFailure(deps, changing, change, request, thrown);
  }
  if (request.method === 'DELETE')
    return { kind: 'settled', change: await settle(deps, run, change, 'applied', { how: 'answered' }) };
  // An admission webhook may have made something else of it.
  const to = isDone(change, answer) ? 'applied' : 'unknown';
  const { uid, resourceVersion } = readMetadata(answer, change.object.kind);
  const facts = { how: 'answered', resourceVersion };
  return {
    kind: 'settled',
    change: await settle(deps, run, change, to, facts, request.method === 'POST' ? uid : undefined),
  };
};

const afterFailure = async (
  deps: ChangeDeps,
  changing: Changing,
  change: Change,
  request: ChangeRequest,
  why: unknown,
): Promise<Sent> => {
  const { run } = changing;
  const { code, retry, delivery } = toFirebreakError(why);
  if (REFUSALS.has(code) || delivery === 'never') {
    await settle(deps, run, change, 'not applied', {
      how: delivery === 'never' ? 'not sent' : 'refused',
      code,
    });
    const again = movedOn(request, why) || (delivery === 'never' && retry === 'retry can help');
    return { kind: 'nothing changed', again: again ? 'yes' : 'no', why };
  }
  const seen = await lookLong(deps, changing, change);
  const again = retry === 'retry can help' ? 'yes' : 'no';
  // It may still be carried out: the next try decides, or the end of the run.
  if (seen.kind === 'untouched') return { kind: 'nothing changed', again, why };
  const settled = await settle(
    deps,
    run,
    change,
    seen.kind,
    { how: 'read back', seen: seen.kind, code },
    seen.madeUid,
  );
  return seen.kind === 'not applied'
    ? { kind: 'nothing changed', again, why }
    : { kind: 'settled', change: settled };
};
