import type { z } from 'zod';
import type { Change, WantedField } from './change.ts';
import type { Clock } from './clock.ts';
import type { CloudPart } from './cloud-part.ts';
import type { ClusterClient, ClusterReader } from './cluster.ts';
import type { Effect } from './effect.ts';
import type { Bundle, Progress } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { HeldField } from './held-fields.ts';
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

/** A flag that is said or not, as kubectl's `--overwrite`. Its argument is `yes` where it was said. */
export interface Switch {
  readonly summary: string;
  readonly example: string;
}

/** Words after the target, as kubectl has them: `label pod/x quarantine=true`. They arrive as a list under `argument`. */
export interface Operands {
  readonly argument: string;
  readonly summary: string;
  /** How one is shown in help: `KEY=VALUE`. */
  readonly placeholder: string;
  readonly needed: 'at least one' | 'none';
  readonly read: z.ZodType<string, string>;
}

export type Arguments = Readonly<Record<string, Argument>>;

/** Planning only reads: it has no client that could do more. */
export interface PlanContext {
  readonly cluster: ClusterReader;
  readonly target: Target;
  /** The target as the API server sent it. */
  readonly object: unknown;
  readonly arguments: Arguments;
  /** What Firebreak holds on this object by now. */
  readonly held: readonly HeldField[];
  /** For a verb that takes a run: what that run did to this object. */
  readonly undoes: readonly Change[];
  readonly signal: AbortSignal;
}

/** What a verb says it will do, in words and as data, before anyone is asked. */
export interface Intention {
  readonly methods: readonly Method[];
  /** What shall stand in the target's fields. The flow adds the pre-image and the marks, and writes it. */
  readonly fields?: readonly WantedField[];
  readonly leaves: readonly string[];
  readonly risks: readonly string[];
  readonly notes: readonly string[];
}

export interface ExecuteContext {
  readonly cluster: ClusterClient;
  /** Does what the plan's writes say, in their order, each with its intent and its outcome in the trail. The only way to change anything. */
  readonly change: () => Promise<readonly Change[]>;
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
  /** `run`: it is said of an earlier run, by its id; the target is that run's. An object when left out. */
  readonly takes?: 'object' | 'run';
  readonly kinds: readonly Kind[];
  /** `one`: something runs inside one container, which must be named when the pod has several. */
  readonly container: 'none' | 'one';
  /** `bundle`: the run leaves evidence in the store. */
  readonly leavesEvidence: 'bundle' | 'nothing';
  readonly flags: Readonly<Record<string, Flag>>;
  readonly switches?: Readonly<Record<string, Switch>>;
  readonly operands?: Operands;
  /** What it does to the target itself, whatever its kind. */
  readonly onTarget: readonly Permission['verb'][];
  /** Without one of these the verb is refused before anyone is asked to approve. */
  readonly permissions: readonly Permission[];
  /** Reads that make the answer better; one that is missing is named in the answer. */
  readonly alsoReads: readonly Permission[];
  /** Parts of a provider that it would use; one that is missing is said on the card. */
  readonly cloudParts?: readonly CloudPart[];
  readonly examples: readonly string[];
  readonly limits: readonly string[];
  plan(context: PlanContext): Promise<Intention>;
  execute(context: ExecuteContext): Promise<Outcome>;
}
