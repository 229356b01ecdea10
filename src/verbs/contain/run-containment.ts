import { FirebreakError, toFirebreakError } from '../../core/firebreak-error.ts';
import type { ContainStep } from '../../core/playbook.ts';
import type { ExecuteContext, Outcome } from '../../core/verb.ts';
import { cordon } from '../cordon.ts';
import { hold } from '../hold.ts';
import { inspect } from '../inspect.ts';
import { isolate } from '../isolate.ts';
import { label } from '../label.ts';
import { stepContext } from './step-context.ts';
import { doneSteps, type StepEnd, whatWasDone } from './step-words.ts';
import { stepsOf } from './steps.ts';
import { type BegunCollection, collectVolatile, VOLATILE_NAME } from './volatile-part.ts';

/** The run is not this worker's any more, or nobody's: no step follows. */
const ENDS_ALL = new Set(['cancelled', 'superseded', 'interrupted', 'database-unavailable']);

const ACTS = { hold, inspect, isolate, label, cordon } as const;
/** These say what they did by what they changed: nothing, where the plan left them out. */
const CHANGES: ReadonlySet<ContainStep> = new Set(['hold', 'label', 'cordon']);

const act = async (context: ExecuteContext, step: Exclude<ContainStep, 'volatile'>): Promise<StepEnd> => {
  const below = stepContext(context, step);
  const outcome = await ACTS[step].execute(below.context);
  return CHANGES.has(step) && below.made().length === 0
    ? { step, kind: 'left out' }
    : { step, kind: 'done', outcome };
};

/** A step that fails keeps no other from being done: what cuts the pod off matters most. Throws what ends the whole run. */
const tried = async (
  { signal }: ExecuteContext,
  step: ContainStep,
  work: () => Promise<StepEnd>,
): Promise<StepEnd> => {
  try {
    return await work();
  } catch (thrown) {
    const error = toFirebreakError(thrown);
    if (signal.aborted || ENDS_ALL.has(error.code)) throw thrown;
    return { step, kind: 'failed', error };
  }
};

/** Does the steps in their order. A failure of the isolation ends the run once what follows it was done. */
export const runContainment = async (context: ExecuteContext): Promise<Outcome> => {
  const steps = stepsOf(context.entry);
  const ends: StepEnd[] = [];
  let volatile: BegunCollection | undefined;
  const begin = async (): Promise<StepEnd> => {
    volatile = await collectVolatile(context);
    return { step: 'volatile', kind: 'begun', waited: volatile.waited };
  };
  try {
    for (const step of steps)
      ends.push(await tried(context, step, () => (step === 'volatile' ? begin() : act(context, step))));
  } catch (thrown) {
    if (steps.includes('volatile') && volatile === undefined)
      context.bundle.missing(VOLATILE_NAME, 'none', 'The run ended before this was read.');
    await volatile?.ended().catch(() => undefined);
    throw thrown;
  }
  const collected = volatile;
  const all =
    collected === undefined
      ? ends
      : await Promise.all(
          ends.map(async (end) =>
            end.step === 'volatile'
              ? await tried(context, 'volatile', async () => ({
                  ...{ step: 'volatile', kind: 'collected', waited: collected.waited },
                  shortfalls: await collected.ended(),
                }))
              : end,
          ),
        );
  const cut = all.find(({ step }) => step === 'isolate');
  if (cut?.kind === 'failed') throw notContained(cut.error, all);
  return doneSteps(all);
};

/** What the steps around it did is said with it: a run that fails has no other words. */
const notContained = (error: FirebreakError, ends: readonly StepEnd[]): FirebreakError =>
  new FirebreakError({
    code: error.code,
    message: `NOT CONTAINED: ${error.message} ${whatWasDone(ends)}`,
    next: error.next,
    retry: error.retry,
    cause: error,
  });
