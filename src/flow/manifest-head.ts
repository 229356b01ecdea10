import type { ManifestHead } from '../core/evidence.ts';
import type { FirebreakError } from '../core/firebreak-error.ts';
import type { Drift } from '../core/verb.ts';
import type { Run } from './ledger.ts';

export interface ManifestFacts {
  readonly run: Run;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Head of the audit chain when the bundle is sealed: an anchor outside Postgres. */
  readonly anchor: { readonly seq: number; readonly hash: string };
  readonly version: string;
  /** Containers that were restarted or replaced since the plan: both ids, so that each artifact can be told apart. */
  readonly drift: readonly Drift[];
  readonly failure: FirebreakError | undefined;
}

/** Who asked, who approved, what ran on what, with which version: the part of the manifest that is not about files. */
export const manifestHead = ({
  run,
  startedAt,
  endedAt,
  anchor,
  version,
  drift,
  failure,
}: ManifestFacts): ManifestHead => ({
  case: run.case,
  run: run.id,
  capture: run.fence,
  tool: { name: 'firebreak', version },
  requester: run.requester,
  requestedAt: run.requestedAt.toISOString(),
  reason: run.reason,
  decisions: run.decisions.map(({ person, verdict, at }) => ({ person, verdict, at: at.toISOString() })),
  plan: run.plan,
  planDigest: run.planDigest,
  drift,
  startedAt: startedAt.toISOString(),
  endedAt: endedAt.toISOString(),
  audit: anchor,
  ...(failure === undefined
    ? {}
    : { failure: { code: failure.code, message: failure.message, id: failure.id } }),
});
