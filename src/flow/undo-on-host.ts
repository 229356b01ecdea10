import { UNDO_VERB } from '../core/change.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { HostUser } from '../core/host-user.ts';
import { parseCommand, type VerbOnRunCommand } from '../core/parse-command.ts';
import { joinWords } from '../core/split-words.ts';
import { expireIfDue } from './decide.ts';
import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';
import { insertRun } from './record-run.ts';
import { planInTime } from './request.ts';
import { planUndo } from './undo.ts';

export interface UndoOnHost {
  /** As it was typed. */
  readonly run: string;
  /** A user of the chat, by id: in whose name it is asked. */
  readonly user: string;
  readonly reason: string;
  readonly by: HostUser;
}

/** `under way`: an earlier undo of the same run has not ended, and nothing was planned. */
export interface UndoAsked {
  readonly kind: 'recorded' | 'under way';
  readonly run: Run;
}

/** Runs of a case that are looked through for an undo that has not ended. */
const MOST_RUNS = 500;

/** The command as it would be typed in the channel. Throws `command-invalid`. */
const readCommand = ({ verbs }: FlowDeps, text: string): VerbOnRunCommand => {
  const parsed = parseCommand(text, { verbs, clusters: [] });
  if (parsed.kind === 'verb on run') return parsed;
  throw new FirebreakError({
    code: 'command-invalid',
    message: parsed.kind === 'mistake' ? parsed.sentence : 'That is no undo.',
    next: 'Write firebreak undo FB-2026-0007-3 --as U0123ABCD --reason "case closed".',
  });
};

/** Throws `not-found`. */
export const runById = async ({ ledger }: Pick<FlowDeps, 'ledger'>, id: string): Promise<Run> => {
  const run = await ledger.run(id);
  if (run !== undefined) return run;
  throw new FirebreakError({
    code: 'not-found',
    message: `There is no run ${id} in this database.`,
    next: 'Its id stands on its card; DATABASE_URL has to be the one of the Firebreak that serves.',
  });
};

/**
 * What may be gone on with: who repeats the command asks for nothing new. One that was planned under another configuration
 * can't be decided any more, and one that nobody decided in time is over.
 */
const underWay = async (deps: FlowDeps, done: Run): Promise<Run | undefined> => {
  const open = (await deps.ledger.recentRuns(done.plan.channel, MOST_RUNS)).filter(
    ({ state, plan }) =>
      plan.verb === UNDO_VERB &&
      plan.arguments['run'] === done.id &&
      (state === 'queued' ||
        state === 'running' ||
        (state === 'planned' && plan.policy.digest === deps.policyDigest)),
  );
  for (const run of open) if ((await expireIfDue(deps, run)) === 'goes on') return run;
  return undefined;
};

/**
 * Asks for an undo on the host, as if it had been typed in the channel of the run: the same rules, the same plan. The chat
 * is not asked who the person is, and the card and the trail say so. Throws `FirebreakError`; nothing was recorded then.
 */
export const undoOnHost = async (
  deps: FlowDeps,
  { run: typed, user, reason, by }: UndoOnHost,
): Promise<UndoAsked> => {
  const text = joinWords([UNDO_VERB, typed, ...(reason === '' ? [] : ['--reason', reason])]);
  const command = readCommand(deps, text);
  const done = await runById(deps, command.run);
  const open = await underWay(deps, done);
  if (open !== undefined) return { kind: 'under way', run: open };
  const { channel } = done.plan;
  // Who asked for it was let in: this is the workspace's own id.
  const person = { team: done.requester.team, user };
  const input = { text, channel, person, delivery: `host ${crypto.randomUUID()}`, onHost: by };
  const makePlan = await planInTime(command, (signal) => planUndo(deps, input, command, signal));
  const run = await insertRun(deps, input, makePlan, command.reason);
  if (run === 'repeated') throw new TypeError('A delivery with a new name was seen before.');
  return { kind: 'recorded', run };
};
