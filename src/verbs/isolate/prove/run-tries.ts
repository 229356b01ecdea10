import { z } from 'zod';
import type { ProofTarget, TryOutcome } from '../../../core/proof.ts';
import { type MarkedVisit, runMarked } from './run-marked.ts';
import { type ToolSet, triesScript } from './tries-script.ts';

/** What a script says of a try. Anything else is no line of ours. */
const CODES = [
  'connected',
  'replied',
  'refused',
  'reset',
  'no-route',
  'barred',
  'no-name',
  'silent',
  'no-tool',
  'unknown',
] as const;
type Code = (typeof CODES)[number];

/** A refusal came back over the network, so it is an answer. A policy engine that refuses is taken for one that lets through. */
const OUTCOMES: Readonly<Record<Code, TryOutcome>> = {
  connected: { result: 'reached' },
  replied: { result: 'reached' },
  refused: { result: 'reached', why: 'refused' },
  reset: { result: 'reached', why: 'reset' },
  'no-route': { result: 'no answer', why: 'no route' },
  barred: { result: 'no answer', why: 'barred within the pod' },
  'no-name': { result: 'no answer', why: 'its name was not resolved' },
  silent: { result: 'no answer' },
  'no-tool': { result: 'not tested', why: 'no program there can try it' },
  unknown: { result: 'not tested', why: 'the program failed' },
};

const lineSchema = z
  .string()
  .regex(/^try \d{1,3} [a-z-]{1,12}$/)
  .transform((line) => line.split(' '))
  .pipe(z.tuple([z.literal('try'), z.coerce.number<string>(), z.enum(CODES)]));

export interface TriesRequest extends MarkedVisit {
  readonly targets: readonly ProofTarget[];
  readonly tools: ToolSet;
  readonly listenerPort?: number;
  /** The listener stays until this resolves. */
  readonly until?: Promise<unknown>;
  /** Called once: the listener listens, or it will not. */
  readonly onListener?: (state: 'listening' | 'deaf') => void;
}

/**
 * Makes all tries at once, from within one container, and says for each target, in their order, what came of it. A try
 * of which nothing was heard, or more than one thing, is *not tested*. Throws only when `signal` aborts.
 */
export const runTries = async (request: TriesRequest): Promise<readonly TryOutcome[]> => {
  const { targets, tools, listenerPort, until, onListener } = request;
  if (targets.length === 0 && listenerPort === undefined) return [];
  const heard = new Map<number, Code | 'twice'>();
  const script = triesScript({
    ...{ targets, tools },
    ...(listenerPort === undefined ? {} : { listenerPort }),
  });
  const end = await runMarked(request, script, {
    ...(until === undefined ? {} : { until }),
    take: (line) => {
      if (line === 'listening' || line === 'deaf') onListener?.(line);
      const said = lineSchema.safeParse(line);
      if (!said.success) return;
      const [, index, code] = said.data;
      heard.set(index, heard.has(index) ? 'twice' : code);
    },
  }).finally(() => onListener?.('deaf'));
  return targets.map((_target, index) => {
    const code = heard.get(index);
    if (code === 'twice') return { result: 'not tested', why: 'it was said twice what came of it' };
    if (code !== undefined) return OUTCOMES[code];
    return { result: 'not tested', why: end.kind === 'broken' ? end.why : 'nothing was said of it' };
  });
};
