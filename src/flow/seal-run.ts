import type { AuditEvent } from '../core/audit-event.ts';
import type { Bundle, SealedBundle } from '../core/evidence.ts';
import { FirebreakError, toFirebreakError } from '../core/firebreak-error.ts';
import type { Drift } from '../core/verb.ts';
import type { FlowDeps } from './deps.ts';
import { goesOn } from './goes-on.ts';
import type { Run } from './ledger.ts';
import { manifestHead } from './manifest-head.ts';
import { recordChanges } from './record-changes.ts';
import { WORKER } from './worker.ts';

type SealDeps = Pick<FlowDeps, 'ledger' | 'clock' | 'log' | 'version'>;

/** What a bundle is sealed with, besides what lies in it. */
export interface Capture {
  readonly run: Run;
  readonly bundle: Bundle;
  readonly startedAt: Date;
  readonly drift: readonly Drift[];
  readonly failure: FirebreakError | undefined;
}

/**
 * Seals the bundle and records it, if this worker still holds the run. Throws `superseded` otherwise, and what the store
 * and the database throw.
 */
export const sealRun = async (deps: SealDeps, capture: Capture): Promise<SealedBundle> => {
  const { run, bundle, startedAt, drift, failure } = capture;
  await recordChanges(deps, run, bundle);
  const head = manifestHead({
    run,
    startedAt,
    drift,
    endedAt: deps.clock.now(),
    anchor: await deps.ledger.head(),
    version: deps.version,
    failure,
  });
  const sealed = await bundle.seal(head);
  const event = (type: AuditEvent['type'], facts: AuditEvent['facts']): AuditEvent => ({
    type,
    actor: WORKER,
    case: run.case,
    run: run.id,
    facts,
  });
  await deps.ledger.write(async (transaction) => {
    const now = await transaction.lockRun(run.id);
    if (now?.fence !== run.fence || now.state !== 'running') throw lost(run);
    for (const { name, bytes, sha256, version, completeness } of sealed.artifacts)
      await transaction.append(
        event('evidence.stored', {
          name,
          bytes,
          sha256,
          completeness,
          ...(version === undefined ? {} : { version }),
        }),
      );
    await transaction.append(
      event('evidence.sealed', {
        manifestSha256: sealed.manifestSha256,
        ...(sealed.manifestVersion === undefined ? {} : { manifestVersion: sealed.manifestVersion }),
        completeness: sealed.completeness,
        fence: run.fence,
      }),
    );
  });
  return sealed;
};

const lost = ({ id }: Run): FirebreakError =>
  new FirebreakError({
    code: 'superseded',
    message: `Another worker holds ${id} now, so its bundle is not recorded for this one.`,
    next: 'Nothing is to be done.',
  });

/** A run that failed still seals what arrived. When the store itself is what failed, the reason for the end stays the first one. */
export const sealWhatThereIs = async (
  deps: SealDeps,
  capture: Capture,
): Promise<SealedBundle | undefined> => {
  try {
    return await sealRun(deps, capture);
  } catch (thrown) {
    if (goesOn(toFirebreakError(thrown))) throw thrown;
    deps.log.error({ run: capture.run.id, err: thrown }, 'What had been collected could not be sealed.');
    return undefined;
  }
};
