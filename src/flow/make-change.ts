import {
  type Change,
  type FieldChange,
  type FieldValue,
  isMade,
  type ObjectRef,
  UNDO_VERB,
  type Write,
} from '../core/change.ts';
import { fieldAt, fieldName, sameValue, stands, valueText } from '../core/field-at.ts';
import type { ErrorCode } from '../core/firebreak-error.ts';
import { FirebreakError, toFirebreakError } from '../core/firebreak-error.ts';
import { isMark, pathKey } from '../core/marks.ts';
import { marksAfter } from '../core/plan-write.ts';
import { lookCommand } from '../core/reverse-command.ts';
import { isObjectPath, isStructure } from '../core/structure.ts';
import type { Target } from '../core/target.ts';
import { targetName, targetPath } from '../core/target.ts';
import { type ChangeRequest, changeRequest } from './change-request.ts';
import { readTarget } from './find-drift.ts';
import type { NewChange, Run } from './ledger.ts';
import { readIfThere, readMetadata } from './read-object.ts';
import { type ChangeDeps, type Changing, lookLong, lostRun, runEvent, settle } from './settle-change.ts';

/** How often an object that others keep changing is read anew; the API server's own clients give up after as many. */
const MOST_TRIES = 5;

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

/**
 * Makes one approved write true: reads the object, compares it with what was approved, lets the server try it
 * (`dryRun=All`), writes the intent down, sends the patch bound to UID and resourceVersion, writes the outcome down. A
 * write that an earlier worker of this run already made is returned as it is. An earlier try of which nobody knows the
 * outcome stays open until the next one, bound to the same resourceVersion, has decided: at most one is carried out.
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
    const raw = await readWritten(changing, write);
    const { uid, resourceVersion } = raw === undefined ? NOBODY : readMetadata(raw, object.kind);
    // It moved on since it was looked at: what became of the open tries can be read now.
    if (made.open.some((open) => open.resourceVersion !== resourceVersion)) continue;
    if (raw === undefined && isTakenAway(write)) return await foundGone(deps, run, write, made.open);
    const fields = asFound(write, raw);
    await sameHolder(deps, run, write, raw);
    const request = changeRequest(object, fields, { uid, resourceVersion });
    try {
      await client.write({ ...request, mode: 'dry run', signal: hold.signal });
    } catch (thrown) {
      // A name that somebody took meanwhile is found at the next look.
      if (tries < MOST_TRIES && toFirebreakError(thrown).code === 'conflict') continue;
      throw thrown;
    }
    const intent: NewChange = {
      ...{ run: run.id, cluster: run.plan.cluster.name, object, resourceVersion, fence: run.fence, fields },
      ...(write.step === undefined ? {} : { step: write.step }),
    };
    const change = await intend(deps, run, intent, request);
    const ended = await send(deps, changing, change, request);
    if (ended.kind === 'settled') {
      for (const open of made.open)
        await settle(deps, run, open, 'not applied', { how: 'overtaken', by: change.id });
      return ended.change;
    }
    if (tries >= MOST_TRIES || ended.again === 'no') throw ended.why;
  }
};

const isTakenAway = ({ fields }: Write): boolean =>
  fields.some(({ path, after }) => isObjectPath(path) && after === null);

/** Somebody took it away already: nothing is sent, and the ledger is told. */
const foundGone = async (
  deps: ChangeDeps,
  run: Run,
  write: Write,
  open: readonly Change[],
): Promise<Change> => {
  const newest = open.at(-1);
  if (newest !== undefined) return await settle(deps, run, newest, 'applied', { how: 'found gone' });
  const { object, fields, step } = write;
  const change = await intend(
    deps,
    run,
    {
      ...{
        run: run.id,
        cluster: run.plan.cluster.name,
        object,
        resourceVersion: '',
        fence: run.fence,
        fields,
      },
      ...(step === undefined ? {} : { step }),
    },
    { method: 'none', path: targetPath(object) },
  );
  return await settle(deps, run, change, 'applied', { how: 'found gone' });
};

/** What is there where nothing is. */
const NOBODY = { uid: '', resourceVersion: '' } as const;

/** The object that is to be written, as it is now; undefined where none is. Throws `target-replaced` for one that the plan is bound to. */
const readWritten = async ({ run, client, hold }: Changing, { object }: Write): Promise<unknown> => {
  if (isMade(object)) return await readIfThere(client, object, hold.signal);
  return await readTarget(client, boundTarget(run, object), hold.signal);
};

/** A change that this run already made, or its tries that could still be carried out: the object is as it was before them. */
const madeBefore = async (
  deps: ChangeDeps,
  changing: Changing,
  { object, step }: Write,
): Promise<
  | { readonly kind: 'made'; readonly change: Change }
  | { readonly kind: 'not made'; readonly open: readonly Change[] }
> => {
  const { run } = changing;
  const earlier = (await deps.ledger.changesOf(run.id)).filter(
    (change) => change.object.uid === object.uid && change.step === step,
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

/**
 * Who holds the object once this is written, against what was approved: another run may have come or gone since, and then
 * the marks would name the wrong one. Throws `conflict`.
 */
const sameHolder = async ({ ledger }: ChangeDeps, run: Run, write: Write, raw: unknown): Promise<void> => {
  const { object } = write;
  if (write.fields.some(({ path }) => isStructure(path))) return;
  const { name: cluster } = run.plan.cluster;
  const history = (await ledger.history([cluster], object.uid)).filter((change) => change.run !== run.id);
  const now = { object, raw, history, run: run.id, case: run.case, verb: run.plan.verb, cluster };
  const approved = (path: readonly string[]): FieldValue =>
    (write.fields.find((field) => pathKey(field.path) === pathKey(path)) ?? { after: fieldAt(raw, path) })
      .after;
  if (marksAfter(now, write.fields).every(({ path, after }) => sameValue(approved(path), after))) return;
  throw new FirebreakError({
    code: 'conflict',
    message: `What Firebreak holds on ${targetName(object)} changed since this was approved, so nothing was changed.`,
    next: 'Ask again with a fresh plan; `/k8s in-force` lists what is held.',
  });
};

const boundTarget = ({ plan }: Run, object: ObjectRef): Target => {
  const target = plan.targets.find(({ uid }) => uid === object.uid);
  if (target !== undefined) return target;
  throw new FirebreakError({
    code: 'unexpected',
    message: `The plan writes ${targetName(object)}, which is not among its targets.`,
    next: 'Ask again.',
  });
};

const isDone = ({ fields }: Pick<Write, 'fields'>, answer: unknown): boolean =>
  fields.every(({ path, after }) =>
    // A deletion is answered with the object, or with a Status.
    isObjectPath(path) && after === null ? !isFailure(answer) : stands(answer, path, after),
  );

/** A Status of failure can come under a 2xx: an eviction has been seen to do so. */
const isFailure = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  Reflect.get(answer, 'kind') === 'Status' &&
  Reflect.get(answer, 'status') === 'Failure';

/**
 * What the object holds now against what was approved. A mark is Firebreak's own and takes its pre-image from what is
 * there; any other field that differs is somebody else's work, which is shown and never overwritten. Throws `conflict`.
 */
const asFound = (write: Write, raw: unknown): readonly FieldChange[] => {
  const fields = write.fields.map((field) => ({ ...field, now: fieldAt(raw, field.path, field.before) }));
  const drifted = fields.filter((field) => !isMark(field) && !sameValue(field.now, field.before));
  if (drifted.length > 0) throw driftedFrom(write, drifted);
  return fields.map(({ path, now, after }) => ({ path, before: now, after }));
};

const driftedFrom = (
  { object }: Write,
  drifted: readonly (FieldChange & { readonly now: FieldValue })[],
): FirebreakError => {
  const name = targetName(object);
  const [first] = drifted;
  if (first !== undefined && isStructure(first.path)) {
    const [message, next] =
      first.before === null
        ? [
            `There is a ${name} already, which Firebreak did not make: it was not overwritten.`,
            `Look at it with \`${lookCommand(object)}\`, and ask again.`,
          ]
        : first.now === null
          ? [`${name} is gone already, so there was nothing to take away.`, 'See `/k8s in-force`.']
          : [
              `${name} is not as Firebreak made it, so it was left as it is.`,
              `Look at it with \`${lookCommand(object)}\`, then ask again with a fresh plan.`,
            ];
    return new FirebreakError({ code: 'conflict', message, next });
  }
  return new FirebreakError({
    code: 'conflict',
    message: `${name} was changed since this was approved, so nothing was overwritten: ${drifted
      .map((field) => `${fieldName(field)} is ${valueText(field.now)}, it was ${valueText(field.before)}`)
      .join('; ')}.`,
    next: 'Look at who changed it, then ask again with a fresh plan.',
  });
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

type Sent =
  | { readonly kind: 'settled'; readonly change: Change }
  /** `yes`: the object moved on under it, or the call never arrived. */
  | { readonly kind: 'nothing changed'; readonly again: 'yes' | 'no'; readonly why: unknown };

/** Sends the request to its end. A cancel does not stop it any more, since its outcome has to be known; the client's own deadlines do. */
const send = async (
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
  } catch (thrown) {
    return await afterFailure(deps, changing, change, thrown);
  }
  // An admission webhook may have made something else of it.
  const to = isDone(change, answer) ? 'applied' : 'unknown';
  if (request.method === 'DELETE')
    return { kind: 'settled', change: await settle(deps, run, change, to, { how: 'answered' }) };
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
  why: unknown,
): Promise<Sent> => {
  const { run } = changing;
  const { code, retry, delivery } = toFirebreakError(why);
  if (REFUSALS.has(code) || delivery === 'never') {
    await settle(deps, run, change, 'not applied', {
      how: delivery === 'never' ? 'not sent' : 'refused',
      code,
    });
    const again = code === 'conflict' || (delivery === 'never' && retry === 'retry can help');
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

/**
 * Makes what the run's plan writes, in its order; of one step, where one is named. Throws `outcome-unknown` besides what
 * `makeChange` throws.
 */
export const makeChanges = async (
  deps: ChangeDeps,
  changing: Changing,
  step?: string,
): Promise<readonly Change[]> => {
  const made: Change[] = [];
  const { writes } = changing.run.plan;
  for (const write of step === undefined ? writes : writes.filter((one) => one.step === step)) {
    const change = await makeChange(deps, changing, write);
    if (change.state === 'unknown') throw unknownOutcome(change, changing.run);
    made.push(change);
  }
  return made;
};

/** Ends a run of which it is not known what it did. */
const unknownOutcome = ({ object }: Change, { id, plan }: Run): FirebreakError =>
  new FirebreakError({
    code: 'outcome-unknown',
    message: `Whether ${targetName(object)} was changed is not known: its answer was lost or altered, and what is there now is neither what was nor what should be.`,
    next:
      plan.verb === UNDO_VERB
        ? `Look with \`${lookCommand(object)}\`, then ask for the undo again.`
        : `Look with \`${lookCommand(object)}\`; \`/k8s undo ${id}\` puts back what of it is there.`,
  });
