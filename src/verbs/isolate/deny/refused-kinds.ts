import type { PlanContext } from '../../../core/verb.ts';
import { madePermissions } from '../../changes/made-permissions.ts';
import type { SelectingPolicies } from '../look/selecting-policies.ts';
import { OUTRANKING, type OutrankingKind } from './outranking.ts';

/** Of the kinds that are installed and outrank others, those that the run is known not to be allowed to make and take away. */
export const refusedKinds = async (
  { mayRun }: Pick<PlanContext, 'mayRun'>,
  { kinds }: Pick<SelectingPolicies, 'kinds'>,
): Promise<ReadonlySet<OutrankingKind>> => {
  const installed = OUTRANKING.filter(({ needs }) => kinds.get(needs) === 'looked');
  const asked = await Promise.all(
    installed.map(async ({ kind }) => ({
      kind,
      answers: await Promise.all(madePermissions(kind).map(mayRun)),
    })),
  );
  return new Set(asked.filter(({ answers }) => answers.includes('no')).map(({ kind }) => kind));
};
