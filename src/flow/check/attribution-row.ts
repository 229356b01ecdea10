import { impersonatedUser } from '../../core/impersonation.ts';
import type { Attribution } from '../attribution.ts';
import { type CheckRow, failed, ok } from './check-row.ts';
import type { ListedImpersonation } from './listed-impersonation.ts';

const WHAT = 'audit log names';
const BY_EXAMPLES = '; the cluster does not list all that it may, so examples were asked for';

/** By examples and by the rules that the cluster lists; each once. */
const excessOf = (attribution: Attribution, { excess }: ListedImpersonation): readonly string[] => [
  ...new Set([...(attribution.kind === 'too much' ? attribution.what : []), ...excess]),
];

/** How the cluster's own audit log learns whose run it was. */
export const attributionRow = (
  cluster: string,
  attribution: Attribution,
  listed: ListedImpersonation,
): CheckRow => {
  const excess = excessOf(attribution, listed).join(', ');
  if (excess !== '') {
    const limit = `Limit it to what firebreak permissions ${cluster} --identity act prints`;
    return failed(
      WHAT,
      `it may impersonate more than ${impersonatedUser(cluster)}: ${excess}`,
      attribution.kind === 'too much' ? `${limit}; until then nobody is impersonated.` : `${limit}.`,
      `may impersonate ${excess}`,
    );
  }
  const by = listed.listed === 'all' ? '' : BY_EXAMPLES;
  return attribution.kind === 'user agent'
    ? ok(WHAT, `the run, in the user agent: ${attribution.why}${by}`, 'the run, in the user agent')
    : ok(
        WHAT,
        `run and people, as extras of ${impersonatedUser(cluster)}${by}`,
        'run and people, by impersonation',
      );
};

/** An identity that only plans and may act as the user of the runs, or as anybody, could act before an approval. */
export const planningImpersonates = (
  cluster: string,
  attribution: Attribution,
  listed: ListedImpersonation,
): readonly CheckRow[] => {
  const next = `Take impersonation from the identity that plans: firebreak permissions ${cluster} --identity read has none.`;
  if (attribution.kind === 'impersonated')
    return [failed(WHAT, `planning may act as ${attribution.user}`, next, 'planning may impersonate')];
  const excess = excessOf(attribution, listed).join(', ');
  return excess === ''
    ? []
    : [failed(WHAT, `planning may impersonate ${excess}`, next, `may impersonate ${excess}`)];
};
