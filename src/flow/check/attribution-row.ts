import { impersonatedUser } from '../../core/impersonation.ts';
import type { Attribution } from '../attribution.ts';
import { type CheckRow, failed, ok } from './check-row.ts';

const WHAT = 'audit log names';

const tooMuch = (cluster: string, what: readonly string[], next: string): CheckRow =>
  failed(
    WHAT,
    `it may impersonate more than ${impersonatedUser(cluster)}: ${what.join(', ')}`,
    next,
    `may impersonate ${what.join(', ')}`,
  );

/** How the cluster's own audit log learns whose run it was. */
export const attributionRow = (cluster: string, attribution: Attribution): CheckRow => {
  switch (attribution.kind) {
    case 'impersonated':
      return ok(WHAT, `run and people, as extras of ${attribution.user}`, 'run and people, by impersonation');
    case 'user agent':
      return ok(WHAT, `the run, in the user agent: ${attribution.why}`, 'the run, in the user agent');
    case 'too much':
      return tooMuch(
        cluster,
        attribution.what,
        `Limit it to what firebreak permissions ${cluster} --identity act prints; until then nobody is impersonated.`,
      );
  }
};

/** An identity that only plans and may act as the user of the runs, or as anybody, could act before an approval. */
export const planningImpersonates = (cluster: string, attribution: Attribution): readonly CheckRow[] => {
  const next = `Take impersonation from the identity that plans: firebreak permissions ${cluster} --identity read has none.`;
  switch (attribution.kind) {
    case 'user agent':
      return [];
    case 'impersonated':
      return [failed(WHAT, `planning may act as ${attribution.user}`, next, 'planning may impersonate')];
    case 'too much':
      return [tooMuch(cluster, attribution.what, next)];
  }
};
