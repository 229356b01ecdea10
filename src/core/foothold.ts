/** The id of the run that a foothold belongs to, on its Job and on the Job's pod. */
export const FOOTHOLD_LABEL = 'firebreak.dev/foothold';

/** Where a cluster's footholds are, and how long they live. */
export interface FootholdSettings {
  /** Of probe pods; it enforces Pod Security `restricted`. */
  readonly namespace: string;
  /** Of node pods; it enforces `privileged`, and nobody but Firebreak can make anything there. */
  readonly nodeNamespace: string;
  readonly deadlineMs: number;
}

/** How a cluster's isolations are proven. */
export interface IsolationSettings {
  /** What every pod reaches that is not isolated; left out where there is none. */
  readonly canary?: Canary;
  readonly proofEveryMs: number;
}

/** A listener by name or address; an IPv6 address stands without brackets. */
export interface Canary {
  readonly host: string;
  readonly port: number;
}

/** What a cluster has where `firebreak.yml` says nothing. */
export const DEFAULT_FOOTHOLDS: FootholdSettings = {
  namespace: 'firebreak-footholds',
  nodeNamespace: 'firebreak-node-footholds',
  // A shift: a proof is repeated as long as its footholds live.
  deadlineMs: 43_200_000,
};
export const DEFAULT_ISOLATION: IsolationSettings = { proofEveryMs: 300_000 };

/** What Firebreak starts in a cluster: beside a target, as a pod of its own, or on a node. */
export const FOOTHOLDS = ['ephemeral container', 'probe pod', 'node pod'] as const;
export type FootholdKind = (typeof FOOTHOLDS)[number];

/** A foothold as a verb uses it. */
export interface FootholdUse {
  readonly kind: FootholdKind;
  /** `end`: one that an earlier run has left is taken away. */
  readonly use: 'start' | 'end';
  /**
   * With a switch alone, or without it alone; `as planned`: where what is undone or released has left some. Always when left
   * out.
   */
  readonly when?: 'as planned' | { readonly said: string } | { readonly notSaid: string };
}

/** Whose foothold it is. */
export interface FootholdNames {
  readonly run: string;
  readonly case: string;
}

/** What a foothold is made from. */
export interface FootholdOrder extends FootholdNames {
  /** The cluster's tool image, by digest. */
  readonly toolImage: string;
  readonly deadlineSeconds: number;
}

const SUFFIX = { 'ephemeral container': '', 'probe pod': '-probe', 'node pod': '-node' } as const;

/** `firebreak-fb-2026-0007-3`, `firebreak-fb-2026-0007-3-probe`: its name follows from its run, so that it is found again. */
export const footholdName = (kind: FootholdKind, run: string): string =>
  `firebreak-${run.toLowerCase()}${SUFFIX[kind]}`;

/** Where to look for a foothold of a run. It holds nothing that is known only after it was made. */
export type FootholdRef =
  | {
      readonly kind: 'ephemeral container';
      readonly run: string;
      readonly namespace: string;
      readonly pod: string;
      readonly uid: string;
    }
  | { readonly kind: 'probe pod' | 'node pod'; readonly run: string; readonly namespace: string };

/** A foothold that runs: what to exec into. */
export interface Foothold {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The container in the pod of a foothold's Job. */
export const FOOTHOLD_CONTAINER = 'firebreak';
