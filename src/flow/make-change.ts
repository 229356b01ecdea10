import { type Change, isMade, type ObjectRef, type Write } from '../core/change.ts';
import { readIfThere } from '../core/read-if-there.ts';
import { sameWrite } from '../core/same-write.ts';
import { isObjectPath } from '../core/structure.ts';
import { targetPath } from '../core/target.ts';
import { isDone, isFailure, unknownOutcome, wouldBeAltered } from './answered-otherwise.ts';
import { asFound } from './as-found.ts';
import { changeRequest } from './change-request.ts';
import { readTarget } from './find-drift.ts';
import type { NewChange, Run } from './ledger.ts';
import { readMetadata } from './read-object.ts';
import { sameHolder } from './same-holder.ts';
import { movedOn, sendChange } from './send-change.ts';
import { type ChangeDeps, type Changing, lookLong, lostRun, runEvent, settle } from './settle-change.ts';

/** How often an object that others keep changing is read anew; the API server's own clients give up after as many. */
const MOST_TRIES = 5;

/**
 * Makes one approved write true: reads the object, compares it with what was approved, lets the server try it
 * (`dryRun=All`), writes the intent down, sends the call bound to UID and resourceVersion (a POST is bound by its name, which
 * nobody else may have), writes the outcome down. A write that an earlier worker of this run already made is returned as it
 * is. An earlier try of which nobody knows the outcome stays open until the next one, bound to the same state, has decided:
 * at most one is carried out.
 *
 * Throws `target-replaced`, `conflict` with what drifted, what the cluster refuses with, and `superseded`.
 */
export const makeChange = async (deps: ChangeDeps, changing: Changing, write: Write): Promise<Change> => {
  const { run, client, hold } = changing;
  const { object } = write;
  for (let tries = 1; ; tries += 1) {
    hold.signal.throwIfAborted();
    const made = await madeBefore(deps, changing, write);
    if (made.kind === 'made') return made.change;
    const raw = await readWritten(deps, changing, write);
    const { uid, resourceVersion } = raw === undefined ? NOBODY : readMetadata(raw, object.kind);
    // It moved on since it was looked at: what became of the open tries can be read now.
    if (made.open.some((open) => open.resourceVersion !== resourceVersion)) continue;
    if (raw === undefined && isTakenAway(write)) return await foundGone(deps, run, write);
    const fields = asFound(write, raw);
    await sameHolder(deps, run, write, raw);
    const request = changeRequest(object, fields, { uid, resourceVersion });
    let tried: unknown;
    try {
      tried = await client.write({ ...request, mode: 'dry run', signal: hold.signal });
    } catch (thrown) {
      // A name that somebody took meanwhile is found at the next look.
      if (tries < MOST_TRIES && movedOn(request, thrown)) continue;
      throw thrown;
    }
    if (isFailure(tried) || !isDone({ fields }, tried)) throw wouldBeAltered(write);
    const intent = {
      ...newChange(run, write, resourceVersion),
      fields,
      // What the deletion is bound to: whatever else gets the name is not what was to be taken away.
      ...(request.method === 'DELETE' ? { madeUid: uid } : {}),
    };
    const change = await intend(deps, run, intent, request);
    const ended = await sendChange(deps, changing, change, request);
    if (ended.kind === 'settled') {
      for (const open of made.open)
        await settle(deps, run, open, 'not applied', { how: 'overtaken', by: change.id });
      return ended.change;
    }
    if (tries >= MOST_TRIES || ended.again === 'no') throw ended.why;
  }
};

const newChange = (run: Run, { object, fields, step }: Write, resourceVersion: string): NewChange => ({
  ...{ run: run.id, cluster: run.plan.cluster.name, object, resourceVersion, fence: run.fence, fields },
  ...(step === undefined ? {} : { step }),
});

const isTakenAway = ({ fields }: Pick<Write, 'fields'>): boolean =>
  fields.some(({ path, after }) => isObjectPath(path) && after === null);

/** Somebody took it away already: nothing is sent, and the ledger is told. */
const foundGone = async (deps: ChangeDeps, run: Run, write: Write): Promise<Change> => {
  const change = await intend(deps, run, newChange(run, write, ''), {
    method: 'none',
    path: targetPath(write.object),
  });
  return await settle(deps, run, change, 'applied', { how: 'found gone' });
};

/** What is there where nothing is. */
const NOBODY = { uid: '', resourceVersion: '' } as const;

/**
 * The object that is to be written, as it is now; undefined where none is. Throws `target-replaced` for one that the plan
 * is bound to. What is to be taken away and is another object of the same name is somebody else's.
 */
const readWritten = async (deps: ChangeDeps, changing: Changing, write: Write): Promise<unknown> => {
  const { run, client, hold } = changing;
  const { object } = write;
  if (!isMade(object)) return await readTarget(client, object, hold.signal);
  const raw = await readIfThere(client, object, hold.signal);
  if (raw === undefined || !isTakenAway(write)) return raw;
  const ours = await uidOfMade(deps, run, object);
  return ours === undefined || ours === readMetadata(raw, object.kind).uid ? raw : undefined;
};

/** The UID that the cluster gave to what Firebreak made; undefined where it never learned it. */
const uidOfMade = async (
  { ledger }: ChangeDeps,
  { plan }: Run,
  { uid }: ObjectRef,
): Promise<string | undefined> =>
  (await ledger.history([plan.cluster.name], uid)).findLast(({ madeUid }) => madeUid !== undefined)?.madeUid;

/** A change that this run already made, or its tries that could still be carried out: the object is as it was before them. */
const madeBefore = async (
  deps: ChangeDeps,
  changing: Changing,
  write: Write,
): Promise<
  | { readonly kind: 'made'; readonly change: Change }
  | { readonly kind: 'not made'; readonly open: readonly Change[] }
> => {
  const { run } = changing;
  const earlier = (await deps.ledger.changesOf(run.id)).filter(
    (change) => change.step === write.step && sameWrite(change, write),
  );
  const done = earlier.find(({ state }) => state === 'applied' || state === 'unknown');
  if (done !== undefined) return { kind: 'made', change: done };
  const open = earlier.filter(({ state }) => state === 'intended');
  const newest = open.at(-1);
  if (newest === undefined) return { kind: 'not made', open: [] };
  const seen = await lookLong(deps, changing, newest);
  if (seen.kind === 'untouched') return { kind: 'not made', open };
  const facts = { how: 'read back', seen: seen.kind };
  const settled = await settle(deps, run, newest, seen.kind, facts, seen.madeUid);
  // Which of several equal tries it was can't be told, and does not matter: it was made once.
  for (const other of open.slice(0, -1))
    await settle(deps, run, other, seen.kind === 'unknown' ? 'unknown' : 'not applied', facts);
  return seen.kind === 'not applied' ? { kind: 'not made', open: [] } : { kind: 'made', change: settled };
};

const intend = async (
  { ledger }: ChangeDeps,
  run: Run,
  change: NewChange,
  request: Readonly<Record<string, unknown>>,
): Promise<Change> => {
  const { object, fence, resourceVersion } = change;
  const intended = await ledger.write((transaction) =>
    transaction.intend(change, (id) =>
      runEvent('change.intended', run, { change: id, object, request, fence, resourceVersion }),
    ),
  );
  if (intended === 'lost') throw lostRun(run);
  return intended;
};

/** Whether a write belongs to a step, or to one below it: `hold/hold pod` to `hold`. */
const isOfStep = (write: Write, step: string): boolean =>
  write.step === step || write.step?.startsWith(`${step}/`) === true;

/**
 * Makes what the run's plan writes, in its order; where a step is named, what is of it and below it. Throws
 * `outcome-unknown` besides what `makeChange` throws.
 */
export const makeChanges = async (
  deps: ChangeDeps,
  changing: Changing,
  step?: string,
): Promise<readonly Change[]> => {
  const made: Change[] = [];
  const { writes } = changing.run.plan;
  for (const write of step === undefined ? writes : writes.filter((one) => isOfStep(one, step))) {
    const change = await makeChange(deps, changing, write);
    if (change.state === 'unknown') throw unknownOutcome(change, changing.run);
    made.push(change);
  }
  return made;
};
