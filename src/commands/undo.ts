import { composeUndo } from '../compose-undo.ts';
import type { Environment } from '../config/environment.ts';
import { FirebreakError, toFirebreakError } from '../core/firebreak-error.ts';
import { readRunId } from '../core/parse-word.ts';
import { byHand } from '../flow/by-hand.ts';
import { carryThrough } from '../flow/carry-through.ts';
import type { ExecuteDeps } from '../flow/execute.ts';
import type { Run } from '../flow/ledger.ts';
import { type UndoAsked, undoOnHost } from '../flow/undo-on-host.ts';
import { knownSecrets } from '../known-secrets.ts';
import { createLogger } from '../runtime/logger.ts';
import { createRedactor } from '../runtime/redactor.ts';
import { hostUser } from './undo/host-user.ts';
import { readUndoArguments, type UndoArguments } from './undo/undo-arguments.ts';
import { endLines, failureLine, handLines, planLines, waitingLines } from './undo/undo-text.ts';

export interface UndoCommand {
  readonly environment: Environment;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly args: readonly string[];
}

const DONE = 0;
const FAILED = 1;
/** It goes on without this process: it waits for approvals, or was handed to a replica that serves. */
const GOES_ON = 3;

/** SIGINT and SIGTERM end it in order; a second one at once. */
const stopSignal = (): AbortSignal => {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  return stopping.signal;
};

/** The commands that do it by hand, of a run that is known. Where the database does not answer there are none to be had. */
const handLinesOf = async (deps: ExecuteDeps, typed: string): Promise<readonly string[]> => {
  try {
    const run = await deps.ledger.run(readRunId(typed) ?? typed);
    return run === undefined ? [] : handLines(await byHand(deps, run));
  } catch {
    return [];
  }
};

/**
 * Undoes a run without Slack, under the rules of its channel. Ends with 0 when it is undone, 1 when it is refused or failed,
 * 3 while it goes on without this process. What is read goes to stdout; why it could not be done, to stderr.
 */
export const runUndo = async ({ environment, variables, version, args }: UndoCommand): Promise<number> => {
  const asked = readUndoArguments(args);
  if (process.permission === undefined || process.permission.has('child'))
    throw new FirebreakError({
      code: 'config-invalid',
      message: 'Firebreak was started with the right to start other programs, so it changes nothing.',
      next: 'Start it by bin/firebreak.mjs or the image, which run it under Node’s permission model.',
    });
  const redact = createRedactor(knownSecrets(environment, variables));
  const say = (lines: readonly string[]): void => {
    if (lines.length > 0) process.stdout.write(redact(`${lines.join('\n')}\n`));
  };
  const log = createLogger({ level: 'silent', redact });
  const by = hostUser();
  await using parts = await composeUndo({ environment, variables, version, host: by.host, log });
  const { deps } = parts;
  let found: UndoAsked;
  try {
    found = await undoOnHost(deps, { ...asked, by });
  } catch (thrown) {
    const error = toFirebreakError(thrown);
    if (error.code === 'unexpected') throw thrown;
    process.stderr.write(redact(`${failureLine(error)}\n`));
    say(await handLinesOf(deps, asked.run));
    return FAILED;
  }
  return await goOn(deps, asked, found, say);
};

const goOn = async (
  deps: ExecuteDeps,
  { waits, run: undone }: UndoArguments,
  { kind, run }: UndoAsked,
  say: (lines: readonly string[]) => void,
): Promise<number> => {
  if (kind === 'under way')
    say([`${run.id} does that already, so nothing new is asked for. It is ${run.state}.`]);
  say(planLines(run));
  if (run.state === 'planned') {
    say(waitingLines(run));
    say(await handLinesOf(deps, undone));
    if (waits === 'no') return GOES_ON;
  }
  let last = run.state;
  const told = ({ id, state }: Run): void => {
    if (state !== last) say([`${id} is ${state}.`]);
    last = state;
  };
  try {
    const ended = await carryThrough(
      deps,
      { id: run.id, origin: kind === 'recorded' ? 'recorded here' : 'found', told },
      stopSignal(),
    );
    say(endLines(ended));
    if (ended.state === 'succeeded') return DONE;
    say(await handLinesOf(deps, undone));
    return FAILED;
  } catch (thrown) {
    const error = toFirebreakError(thrown);
    if (error.code !== 'interrupted') throw thrown;
    process.stderr.write(`${error.sentence}\n`);
    return GOES_ON;
  }
};
