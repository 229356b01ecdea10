import type { Finding } from '../../core/finding.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { targetName } from '../../core/target.ts';
import type { ExecuteContext } from '../../core/verb.ts';
import { listed } from '../changes/change-words.ts';
import { type Carrier, carriersOf, onlyCarrier } from './deny/carriers.ts';
import { ISOLATED_BY } from './isolated-by.ts';

type Carriers = Pick<ExecuteContext, 'cluster' | 'names' | 'signal' | 'target'>;

/** Whoever else carries the label that only this run may set. */
const othersOf = async ({
  cluster,
  names,
  signal,
  target,
}: Carriers): Promise<readonly Carrier[] | 'could not look'> => {
  const of = { namespace: target.namespace, label: ISOLATED_BY, run: names.run };
  const carriers = await carriersOf(cluster, of, signal);
  if (carriers === 'could not look') return carriers;
  return onlyCarrier(carriers, target.uid) === 'others'
    ? carriers.filter(({ uid }) => uid !== target.uid)
    : [];
};

const podsOf = (others: readonly Carrier[]): string => listed(others.map(({ name }) => `pod/${name}`));

/**
 * Right before the deny: a policy by a label that others carry would cut them off too. Throws `conflict`, and as
 * `ClusterReader` does. Pods that may not be listed are left to `carrierFindings`.
 */
export const requireNoOtherCarrier = async (context: Carriers): Promise<void> => {
  const others = await othersOf(context);
  if (others === 'could not look' || others.length === 0) return;
  throw new FirebreakError({
    code: 'conflict',
    message: `The label ${ISOLATED_BY}=${context.names.run} is on ${podsOf(others)} in ${context.target.namespace} too, which this run did not label: a deny by it would cut them off as well.`,
    next: 'Look who set it, take it away, and ask again.',
  });
};

/** What the channel is told when the label stands: that others carry it too, or that this could not be seen. */
export interface CarrierWords {
  readonly summary: string;
  readonly findings: readonly Finding[];
}

const NOBODY_ELSE: CarrierWords = { summary: '', findings: [] };

/** After the label was set. What can't be looked at is said: by then the pod is cut off. Throws the signal's reason alone. */
export const carrierFindings = async (context: Carriers): Promise<CarrierWords> => {
  const { names, target } = context;
  const others = await seen(context);
  if (others === 'could not look')
    return {
      summary: '',
      findings: [
        {
          title: 'Not looked at',
          lines: [
            `Whether others in ${target.namespace} carry the label ${ISOLATED_BY}=${names.run}, and are cut off with ${targetName(target)}: the pods could not be listed.`,
          ],
        },
      ],
    };
  if (others.length === 0) return NOBODY_ELSE;
  return {
    summary: `OTHERS ARE CUT OFF TOO: ${podsOf(others)}.`,
    findings: [
      {
        title: 'Others are cut off too',
        lines: [
          `${podsOf(others)} in ${target.namespace} ${others.length === 1 ? 'carries' : 'carry'} the label ${ISOLATED_BY}=${names.run}, which this run set on ${targetName(target)} alone.`,
          ...others.map(
            ({ name }) => `By hand: \`kubectl label pod ${name} -n ${target.namespace} ${ISOLATED_BY}-\``,
          ),
        ],
      },
    ],
  };
};

const seen = async (context: Carriers): Promise<readonly Carrier[] | 'could not look'> => {
  try {
    return await othersOf(context);
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (thrown instanceof FirebreakError) return 'could not look';
    throw thrown;
  }
};
