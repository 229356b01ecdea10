import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { said } from './container-state.ts';
import type { FootholdSight } from './foothold-sight.ts';

const eventsSchema = z.array(
  z.looseObject({ reason: z.string().default(''), message: z.string().default('') }),
);

/**
 * Why a Job has no pod: it says so in events of its own, and nowhere else. An admission that has refused a pod refuses the
 * next one too. Source: pkg/controller/controller_utils.go, `FailedCreate`.
 */
export const whyNoPod = async (
  cluster: Pick<ClusterReader, 'list'>,
  { namespace, job }: { readonly namespace: string; readonly job: string },
  signal: AbortSignal,
): Promise<FootholdSight> => {
  const failed = (await eventsOf(cluster, namespace, job, signal)).find(
    ({ reason }) => reason === 'FailedCreate',
  );
  if (failed === undefined) return { kind: 'starting', why: 'its Job has made no pod' };
  const refused = /\b(?:forbidden|denied)\b/u.test(failed.message);
  return { kind: refused ? 'failed' : 'starting', why: said(failed.message) };
};

const eventsOf = async (
  cluster: Pick<ClusterReader, 'list'>,
  namespace: string,
  uid: string,
  signal: AbortSignal,
) => {
  try {
    const query = { fieldSelector: `involvedObject.uid=${uid}` };
    return eventsSchema.parse(
      await cluster.list({ group: '', version: 'v1', resource: 'events', namespace }, query, signal),
    );
  } catch (thrown) {
    if (thrown instanceof FirebreakError && thrown.code === 'not-allowed') return [];
    throw thrown;
  }
};
