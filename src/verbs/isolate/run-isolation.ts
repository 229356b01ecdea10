import { FirebreakError } from '../../core/firebreak-error.ts';
import type { PlannedProof } from '../../core/planned-proof.ts';
import type { Proof } from '../../core/proof.ts';
import { targetName } from '../../core/target.ts';
import type { ExecuteContext, Outcome } from '../../core/verb.ts';
import { putObjects } from '../acquire/put-objects.ts';
import type { Shortfall } from '../acquire/shortfall.ts';
import { type BeforeTheDeny, seeBefore } from './before-the-deny.ts';
import { STEPS } from './isolation-steps.ts';
import { cutAtNode } from './netns/cut-at-node.ts';
import { carrierFindings, requireNoOtherCarrier } from './other-carriers.ts';
import { proofFindings } from './proof-findings.ts';
import { type FoundPlaces, findPlaces } from './proof-places.ts';
import { prove } from './prove/prove.ts';
import type { ProofPlaces } from './prove/try-both-ways.ts';
import { putCapture } from './put-capture.ts';

const plannedProof = ({ proof }: ExecuteContext): PlannedProof => {
  if (proof !== undefined) return proof;
  throw new FirebreakError({
    code: 'unexpected',
    message: 'The plan does not say what is to be tried.',
    next: 'Ask again.',
  });
};

/**
 * Looks, cuts off, proves, detaches where that was planned, and proves again. What was seen before the cut goes to the
 * store beside all that, since a store that is slow must not keep the pod on the network.
 */
export const runIsolation = async (context: ExecuteContext): Promise<Outcome> => {
  const { change, progress } = context;
  const planned = plannedProof(context);
  progress({ phase: 'footholds', bytes: 0 });
  await change(STEPS.look);
  const found = await findPlaces(context);
  progress({ phase: 'network', bytes: 0 });
  const seen = await seeBefore(context, found.places, planned);
  const stored = settled(storeBefore(context, seen));
  try {
    return await cutAndProve(context, { ...found, planned, seen, stored });
  } catch (thrown) {
    // What was seen is kept whole, whatever became of the cut.
    await stored().catch(() => undefined);
    throw thrown;
  }
};

interface Cutting extends FoundPlaces {
  readonly planned: PlannedProof;
  readonly seen: BeforeTheDeny;
  /** What was seen before is in the store. */
  readonly stored: () => Promise<unknown>;
}

const cutAndProve = async (
  context: ExecuteContext,
  { places, without, planned, seen, stored }: Cutting,
): Promise<Outcome> => {
  const { change, clock, progress, bundle, target } = context;
  progress({ phase: 'deny', bytes: 0 });
  await requireNoOtherCarrier(context);
  await change(STEPS.deny);
  await change(STEPS.label);
  const notAtNode = await cutAtNode(context);
  const deniedAtMs = clock.monotonicMs();
  progress({ phase: 'proof', bytes: 0 });
  const proving = { context, places, planned, seen };
  const [first, carriers] = await Promise.all([proveAndKeep(proving, deniedAtMs), carrierFindings(context)]);
  // Where nothing holds it, taking it out of its Services would only hide it.
  const detached = first.verdict === 'NOT ENFORCED' ? [] : await change(STEPS.detach);
  const last = detached.length === 0 ? first : await proveAndKeep(proving);
  await stored();
  await bundle.put('proof.json', 'tries from within the pod and from outside', json(last));
  const { summary, findings } = proofFindings(last, {
    ...{ name: targetName(target), detached },
    lacking: [without, notAtNode].filter((one) => one !== undefined),
  });
  return {
    summary: [summary, carriers.summary].filter(Boolean).join(' '),
    findings: [...carriers.findings, ...findings],
    verdict: last.verdict,
  };
};

interface Proving {
  readonly context: ExecuteContext;
  readonly places: ProofPlaces;
  readonly planned: PlannedProof;
  readonly seen: BeforeTheDeny;
}

const proveAndKeep = async (
  { context, places, planned, seen }: Proving,
  deniedAtMs?: number,
): Promise<Proof> => {
  const { cluster, target } = context;
  const { namespace, name, uid } = target;
  const proof = await prove({
    ...places,
    client: cluster,
    pod: { namespace, name, uid },
    targets: planned.targets,
    before: seen.before,
    facts: { engine: planned.engine },
    ...(deniedAtMs === undefined ? {} : { deniedAtMs }),
  });
  await context.proved(proof);
  return proof;
};

const storeBefore = async (context: ExecuteContext, seen: BeforeTheDeny): Promise<readonly Shortfall[]> => {
  await putCapture(context, seen);
  return await putObjects(context);
};

/** Awaited later: until then its failure is nobody's. */
const settled = <Result>(work: Promise<Result>): (() => Promise<Result>) => {
  const ended = work.then(
    (value) => () => value,
    (thrown: unknown) => () => {
      throw thrown;
    },
  );
  return async () => (await ended)();
};

async function* json(value: unknown): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}
