import { parseArgs } from 'node:util';
import { FirebreakError } from '../../core/firebreak-error.ts';

export interface UndoArguments {
  readonly run: string;
  /** A user of Slack, by id. */
  readonly user: string;
  readonly reason: string;
  readonly waits: 'until it is decided' | 'no';
}

const OPTIONS = { as: { type: 'string' }, reason: { type: 'string' }, wait: { type: 'boolean' } } as const;
const USER = /^[UW][A-Z0-9]{4,20}$/;
const WRITE = 'Write firebreak undo FB-2026-0007-3 --as U0123ABCD [--reason "case closed"] [--wait].';

const invalid = (message: string, cause?: unknown): FirebreakError =>
  new FirebreakError({ code: 'command-invalid', message, next: WRITE, cause });

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (thrown) {
    throw invalid(`${thrown instanceof Error ? thrown.message : String(thrown)}.`, thrown);
  }
};

/** Throws `command-invalid`. */
export const readUndoArguments = (args: readonly string[]): UndoArguments => {
  const { positionals, values } = parse(args);
  const [run, ...more] = positionals;
  if (run === undefined || more.length > 0)
    throw invalid(run === undefined ? 'Say which run to undo.' : 'One run is undone at a time.');
  if (values.as === undefined)
    throw invalid('Say in whose name it is undone: --as takes a member’s id of your Slack workspace.');
  if (!USER.test(values.as)) throw invalid('--as takes a Slack user’s id: U… or W….');
  return {
    run,
    user: values.as,
    reason: values.reason ?? '',
    waits: values.wait === true ? 'until it is decided' : 'no',
  };
};
