import type { z } from 'zod';
import type { Change, ObjectRef, WantedField } from './change.ts';
import type { Clock } from './clock.ts';
import type { CloudPart } from './cloud-part.ts';
import type { ClusterClient, ClusterReader } from './cluster.ts';
import type { ClusterEntry } from './cluster-entry.ts';
import type { Effect } from './effect.ts';
import type { Bundle, Progress } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { FootholdUse } from './foothold.ts';
import type { HeldField } from './held-fields.ts';
import type { Kind } from './kind.ts';
import type { MadeKind } from './made-kind.ts';
import type { Permission } from './permission.ts';
import type { Argument, Method } from './plan.ts';
import type { PlannedProof } from './planned-proof.ts';
import type { Proof, Verdict } from './proof.ts';
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

/** What one run did to an object that is not its target. */
export interface UndoneObject {
  readonly object: ObjectRef;
  readonly changes: readonly Change[];
  /** The object as it is now; undefined where it is gone, or another one of its name is there. */
  readonly raw: unknown;
  /** What Firebreak holds on it by now. */
  readonly held: readonly HeldField[];
}

/** Planning only reads: it has no client that could do more. */
export interface PlanContext {
  readonly cluster: ClusterReader;
  readonly target: Target;
  /** The target as the API server sent it; undefined where an undo is planned and it is gone. */
  readonly object: unknown;
  readonly arguments: Arguments;
  /** What Firebreak holds on this object by now. */
  readonly held: readonly HeldField[];
  /** What the runs that hold something here hold on other objects. */
  readonly heldElsewhere: readonly HeldField[];
  /** For a verb that takes a run: what that run did to this object. */
  readonly undoes: readonly Change[];
  /** And what it did to others. */
  readonly undoesElsewhere: readonly UndoneObject[];
  readonly entry: ClusterEntry;
  /**
   * Whether the run would be allowed something on the target's namespace, or on what lies outside of all. `not known`: it
   * runs as another identity, which is assumed after the approval alone.
   */
  readonly mayRun: (permission: Permission) => Promise<'yes' | 'no' | 'not known'>;
  /** What of all that `acquire` collects of the target is there, as sealed. */
  readonly collected: () => Promise<Collected>;
  /** What the newest proof of a run says. `fell short`: anything but CONTAINED, or something of it was changed since. */
  readonly proofOf: (run: string) => Promise<'contained' | 'fell short' | 'none'>;
  /** The newest proof of a run itself. */
  readonly lastProof: (run: string) => Promise<Proof | undefined>;
  /** For what ages decide. */
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
}

/** `all that can be`: the rest can be read by no method that this version has. */
export type Collected = 'complete' | 'all that can be' | 'nothing complete';

/** Names that what a run makes can carry: the run's id is in its objects' names. */
export interface RunNames {
  readonly run: string;
  readonly case: string;
}

/** One write that a verb wants. The flow adds pre-images and marks, binds the plan to it, and makes it in its step. */
export type WantedWrite =
  /** Fields of the target, or of another object that was read. */
  | {
      readonly action: 'set';
      readonly step: string;
      readonly object?: ObjectRef;
      /** That other object as the API server sent it. */
      readonly raw?: unknown;
      readonly fields: readonly WantedField[];
    }
  /** An object of Firebreak's own; `body` is its whole manifest but for the marks. */
  | {
      readonly action: 'make';
      readonly step: string;
      readonly kind: MadeKind;
      /** Empty for a kind that lies outside every namespace. */
      readonly namespace: string;
      readonly name: string;
      readonly body: Readonly<Record<string, unknown>>;
    }
  /** What `make` made is taken away again, as far as it is as it was made. `body`: the text that the ledger holds, or what this plan makes. */
  | { readonly action: 'take away'; readonly step: string; readonly object: ObjectRef; readonly text: string }
  /** A container of Firebreak's beside those of the target. It can't be taken away, and has to end by itself. */
  | {
      readonly action: 'add container';
      readonly step: string;
      readonly container: Readonly<Record<string, unknown>> & { readonly name: string };
    };

/** What a verb says it will do, in words and as data, before anyone is asked. */
export interface Intention {
  readonly methods: readonly Method[];
  /** What shall stand in the target's fields. The flow adds the pre-image and the marks, and writes it. */
  readonly fields?: readonly WantedField[];
  /** The same for a run of several steps, and for other objects; not beside `fields`. */
  readonly writes?: (names: RunNames) => readonly WantedWrite[];
  /** Other objects that are written or looked into; the plan is bound to them too. */
  readonly alsoTargets?: readonly Target[];
  /** Why one more person than the rules ask for has to approve; a whole sentence for the card. */
  readonly oneMoreApproval?: string;
  /** What it will try to prove that it worked. */
  readonly proof?: PlannedProof;
  readonly leaves: readonly string[];
  readonly risks: readonly string[];
  readonly notes: readonly string[];
}

export interface ExecuteContext {
  readonly cluster: ClusterClient;
  /**
   * Does what the plan's writes of this step say, in their order, each with its intent and its outcome in the trail; all of
   * them without a step. The only way to change anything. A step that was made is not made again.
   */
  readonly change: (step?: string) => Promise<readonly Change[]>;
  readonly names: RunNames;
  /** What of the plan is to be tried. */
  readonly proof: PlannedProof | undefined;
  /** Writes a proof down, with its event. The last one of a run is what its repetitions are compared with. */
  readonly proved: (proof: Proof) => Promise<void>;
  readonly entry: ClusterEntry;
  readonly target: Target;
  readonly arguments: Arguments;
  readonly bundle: Bundle;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What changed since the plan was approved: containers that were restarted or replaced. Nothing may run inside them. */
  readonly drift: readonly Drift[];
  readonly progress: (progress: Progress) => void;
}

/** What repeats the proof of a run that is in force. It changes nothing, and runs nothing but in the run's own footholds. */
export interface ProveContext {
  readonly cluster: ClusterClient;
  readonly target: Target;
  readonly arguments: Arguments;
  readonly names: RunNames;
  /** What of the plan is to be tried. */
  readonly proof: PlannedProof | undefined;
  /** What the run did to the cluster, oldest first. */
  readonly changes: readonly Change[];
  readonly entry: ClusterEntry;
  /** The newest proof of the run; undefined where it never came to one. */
  readonly last: Proof | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
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
  /** Of what it proved; the card begins with it. */
  readonly verdict?: Verdict;
  /** All that is missing of what it was to collect, where no method of this version can read it. */
  readonly outOfReach?: readonly string[];
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
  /** The verb whose work it ends: asking for it needs what that one needs at least. */
  readonly counterpart?: string;
  /** The verbs whose work it does as well: asking for it needs what each of them needs at least. */
  readonly standsFor?: (entry: ClusterEntry, given: Arguments) => readonly string[];
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
  /** What single parts of it need: one that may not be done is left out, and named on the card and in the answer. */
  readonly partPermissions?: readonly Permission[];
  /** What it starts in the cluster, or takes away of such; where the entry has a `toolImage`. What each needs follows from it. */
  readonly footholds?: readonly FootholdUse[];
  /**
   * Reads that make the answer better; one that is missing is named in the answer. Of a verb that changes something they are
   * for its card.
   */
  readonly alsoReads: readonly Permission[];
  /** What the run of such a verb reads further. */
  readonly runReads?: readonly Permission[];
  /** Parts of a provider that it would use; one that is missing is said on the card. */
  readonly cloudParts?: readonly CloudPart[];
  readonly examples: readonly string[];
  readonly limits: readonly string[];
  plan(context: PlanContext): Promise<Intention>;
  execute(context: ExecuteContext): Promise<Outcome>;
  /**
   * Repeats the proof of a run whose changes are in force: at most 60 s, every few minutes until nothing of it is held.
   * Throws a `FirebreakError` when it can't be made; its sentence says what to do.
   */
  prove?(context: ProveContext): Promise<Proof>;
  /** The part of its runs that the proof is about, by the beginning of its steps' names; all of it when left out. */
  readonly proves?: string;
}
