import type { z } from 'zod';
import type { Clock } from './clock.ts';
import type { ClusterClient, ClusterReader } from './cluster.ts';
import type { Effect } from './effect.ts';
import type { Bundle, Progress } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { Kind } from './kind.ts';
import type { Permission } from './permission.ts';
import type { Argument, Method } from './plan.ts';
import type { Target } from './target.ts';

/** A flag of a verb. `read` parses what was typed; its message says what is expected. */
export interface Flag {
  readonly summary: string;
  /** How its value is shown in help: `SIZE`, `PATH`. */
  readonly placeholder: string;
  readonly example: string;
  readonly repeatable: 'once' | 'many times';
  readonly read: z.ZodType<Argument, string>;
}

export type Arguments = Readonly<Record<string, Argument>>;

/** Planning only reads: it has no client that could do more. */
export interface PlanContext {
  readonly cluster: ClusterReader;
  readonly target: Target;
  /** The raw pod as the API server sent it. */
  readonly pod: unknown;
  readonly arguments: Arguments;
  readonly signal: AbortSignal;
}

/** What a verb says it will do, in words and as data, before anyone is asked. */
export interface Intention {
  readonly methods: readonly Method[];
  readonly leaves: readonly string[];
  readonly risks: readonly string[];
  readonly notes: readonly string[];
}

export interface ExecuteContext {
  readonly cluster: ClusterClient;
  readonly target: Target;
  readonly arguments: Arguments;
  readonly bundle: Bundle;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What changed since the plan was approved: containers that were restarted or replaced. Nothing may run inside them. */
  readonly drift: readonly Drift[];
  readonly progress: (progress: Progress) => void;
}

/** A container that is not the one that was approved. */
export interface Drift {
  readonly container: string;
  readonly planned: { readonly id: string; readonly restartCount: number };
  readonly found: { readonly id: string; readonly restartCount: number };
}

export interface Outcome {
  readonly summary: string;
  readonly findings: readonly Finding[];
}

/**
 * A verb. Help, the approval card, the printed permissions and the reference are derived from it.
 * It acts only through the context it is given.
 */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly effect: Effect;
  readonly kinds: readonly Kind[];
  /** `one`: something runs inside one container, which must be named when the pod has several. */
  readonly container: 'none' | 'one';
  /** `bundle`: the run leaves evidence in the store. */
  readonly leavesEvidence: 'bundle' | 'nothing';
  readonly flags: Readonly<Record<string, Flag>>;
  /** Without one of these the verb is refused before anyone is asked to approve. */
  readonly permissions: readonly Permission[];
  /** Reads that make the answer better; one that is missing is named in the answer. */
  readonly alsoReads: readonly Permission[];
  readonly examples: readonly string[];
  readonly limits: readonly string[];
  plan(context: PlanContext): Promise<Intention>;
  execute(context: ExecuteContext): Promise<Outcome>;
}
