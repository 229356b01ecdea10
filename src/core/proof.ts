import { z } from 'zod';

/**
 * CONTAINED: nothing got through in either direction, and from outside of the isolation the same would have.
 * PARTIAL: something got through, or it can't be shown that nothing did. NOT ENFORCED: nothing holds the pod, or nothing
 * could be tested.
 */
export const VERDICTS = ['CONTAINED', 'PARTIAL', 'NOT ENFORCED'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** `outward`: from the pod. `inward`: to the pod, from a pod outside of the isolation. */
export const DIRECTIONS = ['outward', 'inward'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What is tried. Never an address from the pod's sockets or from evidence: nobody behind one may learn of this. */
export const PROOF_SUBJECTS = [
  'cluster DNS',
  'node-local DNS',
  'API server',
  'metadata',
  'pod identity',
  'kubelet',
  'another pod',
  'canary',
  'listener',
  'container port',
] as const;
export type ProofSubject = (typeof PROOF_SUBJECTS)[number];

/** What many clusters do not have, so that no answer alone says nothing. */
export const OPTIONAL_SUBJECTS = [
  'node-local DNS',
  'metadata',
  'pod identity',
  'canary',
  'container port',
] as const satisfies readonly ProofSubject[];

/** An address or, for the canary, a host name: what no shell reads as anything else. */
const hostSchema = z.string().regex(/^[0-9A-Za-z:][0-9A-Za-z.:-]{0,252}$/);
const portSchema = z.int().min(1).max(65_535);

/** One thing to try. Part of the plan, so that what is tried is what was approved. */
export const proofTargetSchema = z.strictObject({
  direction: z.enum(DIRECTIONS),
  what: z.enum(PROOF_SUBJECTS),
  /** `tcp`: a connection. `dns`: one query over UDP, of which any reply counts. */
  by: z.enum(['tcp', 'dns']),
  host: hostSchema,
  port: portSchema,
});
export type ProofTarget = Readonly<z.infer<typeof proofTargetSchema>>;

export const proofTargetsSchema = z.strictObject({
  tries: z.array(proofTargetSchema).readonly(),
  /** Where the foothold listens in the pod's network, so that there is always something to reach. */
  listenerPort: portSchema,
  /** Whole sentences: what can't be tried, and why. Each keeps the verdict from CONTAINED. */
  lacking: z.array(z.string()).readonly(),
});
export type ProofTargets = Readonly<z.infer<typeof proofTargetsSchema>>;

/** `reached`: packets came back, be it a refusal. `no answer`: none did. */
export const TRY_RESULTS = ['reached', 'no answer', 'not tested'] as const;
export type TryResult = (typeof TRY_RESULTS)[number];

export const tryOutcomeSchema = z.strictObject({
  result: z.enum(TRY_RESULTS),
  /** Where there is more to say: `no route`, `refused`, why it was not tested. */
  why: z.exactOptional(z.string()),
});
export type TryOutcome = Readonly<z.infer<typeof tryOutcomeSchema>>;

export const proofTrySchema = z.strictObject({
  direction: z.enum(DIRECTIONS),
  what: z.enum(PROOF_SUBJECTS),
  /** `10.96.0.10:53/udp`, `[fd00:ec2::254]:80`. */
  address: z.string(),
  result: z.enum(TRY_RESULTS),
  why: z.exactOptional(z.string()),
  /** The positive control. Outward: the same from a pod outside of the isolation. Inward: the same before the deny. */
  control: z.enum(TRY_RESULTS),
});
export type ProofTry = Readonly<z.infer<typeof proofTrySchema>>;

/** An open connection of the pod that leaves it: established, or half closed and still held by a process. */
export const openSocketSchema = z.strictObject({
  protocol: z.enum(['tcp', 'udp']),
  /** `10.244.0.12:40112`. */
  local: z.string(),
  remote: z.string(),
});
export type OpenSocket = Readonly<z.infer<typeof openSocketSchema>>;

const countSchema = z.int().nonnegative();

export const proofSocketsSchema = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('read'),
    /** Connections that were open before the deny and still are. */
    stillOpen: countSchema,
    /** Connections of which it is not known that they were open before. */
    newlyOpen: countSchema,
    /** Stated exceptions: from the pod's own node to its probe ports. */
    excepted: countSchema,
    /** At most 100 of those that are open. */
    open: z.array(openSocketSchema).readonly(),
  }),
  z.strictObject({ state: z.literal('not read'), why: z.string() }),
]);
export type ProofSockets = Readonly<z.infer<typeof proofSocketsSchema>>;

const restartsSchema = z.record(z.string(), countSchema);
/** Restart counts by container. */
export type RestartCounts = Readonly<z.infer<typeof restartsSchema>>;

/** Whose programs made the outward tries. */
export const PROVERS = ['firebreak tools', "the suspect's own tools"] as const;
export type Prover = (typeof PROVERS)[number];

/** What one proof saw and what follows from it; plain JSON, so that it has an RFC 8785 text. */
export const proofSchema = z.strictObject({
  format: z.literal('firebreak.proof/1'),
  /** UTC, RFC 3339 with milliseconds. */
  at: z.string(),
  target: z.strictObject({ uid: z.string() }),
  verdict: z.enum(VERDICTS),
  /** Whole sentences, the weightiest first. They name what was tried and counts, no address. */
  reasons: z.array(z.string()).readonly(),
  /** A whole sentence: what to do next. Absent with CONTAINED. */
  next: z.exactOptional(z.string()),
  tries: z.array(proofTrySchema).readonly(),
  sockets: proofSocketsSchema,
  restarts: z.strictObject({ before: restartsSchema, after: restartsSchema }),
  by: z.enum(PROVERS),
});
export type Proof = Readonly<z.infer<typeof proofSchema>>;

/** `10.96.0.10:53`, `[fd00:ec2::254]:80`. */
export const socketAddress = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** A target's address as a try shows it. */
export const targetAddress = ({ host, port, by }: ProofTarget): string =>
  `${socketAddress(host, port)}${by === 'dns' ? '/udp' : ''}`;
