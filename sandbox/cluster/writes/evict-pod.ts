import { z } from 'zod';
import { deniedByPolicy } from '../access/denied-by-policy.ts';
import { type Answer, json, refusal } from '../api/answer.ts';
import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { matchesSelector } from '../api/matches-selector.ts';
import * as status from '../api/status.ts';
import { isReady } from '../controllers/pod-state.ts';
import { type Deletion, deleteObject } from './delete-object.ts';
import { asMap } from './json-tree.ts';
import { parseBody } from './parse-body.ts';
import { secondsText } from './seconds-text.ts';
import type { WriteContext } from './write-context.ts';

const evictionSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  deleteOptions: z.looseObject({ dryRun: z.array(z.string()).default([]) }).prefault({}),
});
const BUSY_RETRY_S = 10;

const count = (budget: KubeObject, field: string) => Number(fieldOf(budget, `status.${field}`) || 0);

/** A selector that is empty selects nothing here, although the budget's own controller takes it for all. */
const selects = (budget: KubeObject, pod: KubeObject): boolean =>
  Object.keys(asMap(asMap(budget['spec'])?.['selector']) ?? {}).length > 0 &&
  matchesSelector(pod, budget['spec']);

const protects = (pod: KubeObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  !['Succeeded', 'Failed', 'Pending'].includes(fieldOf(pod, 'status.phase'));

/** A pod that is not Ready counts for nothing, and may go while the others are enough. */
const isSpared = (pod: KubeObject, budget: KubeObject): boolean =>
  !isReady(pod) &&
  (fieldOf(budget, 'spec.unhealthyPodEvictionPolicy') === 'AlwaysAllow' ||
    (count(budget, 'desiredHealthy') > 0 &&
      count(budget, 'currentHealthy') >= count(budget, 'desiredHealthy')));

function budgetRefusal(budget: KubeObject): Answer | undefined {
  const { name, generation = 0 } = budget.metadata;
  const refuse = (message: string, retryS?: number) =>
    refusal(status.tooManyDisruptions({ reason: 'DisruptionBudget', message }, retryS));
  // Of one that was put there with its status, the status is taken as it is.
  if (count(budget, 'observedGeneration') < generation)
    return refuse(`The disruption budget ${name} is still being processed by the server.`, BUSY_RETRY_S);
  if (count(budget, 'disruptionsAllowed') > 0) return undefined;
  const [needs, has] = [count(budget, 'desiredHealthy'), count(budget, 'currentHealthy')];
  return refuse(`The disruption budget ${name} needs ${needs} healthy pods and has ${has} currently`);
}

/** The budget after it let a pod go, until its controller counts again. */
const withOneLess = (budget: KubeObject, pod: string, now: Date): KubeObject => {
  const before = asMap(budget['status']);
  const disruptedPods = { ...asMap(before?.['disruptedPods']), [pod]: secondsText(now) };
  return {
    ...budget,
    status: { ...before, disruptionsAllowed: count(budget, 'disruptionsAllowed') - 1, disruptedPods },
  };
};

/**
 * POST of an eviction: a delete that PodDisruptionBudgets have to allow. Admission sees the creation of the eviction and
 * not the deletion behind it. Source: k8s.io/kubernetes, pkg/registry/core/pod/storage/eviction.go.
 */
export function evictPod(context: WriteContext, end: (deletion: Deletion) => void): Answer {
  const { store, target, query, body, contentType, now } = context;
  const eviction = evictionSchema.safeParse(parseBody(body, contentType)?.value).data;
  if (eviction === undefined) return refusal(status.badRequest('the body is no Eviction'));
  if (eviction.metadata.name !== target.name)
    return refusal(status.badRequest('name in URL does not match name in Eviction object'));
  const denied = deniedByPolicy(store, { operation: 'CREATE', target });
  if (denied !== undefined) return refusal(denied);
  const pod = store.get(target);
  if (pod === undefined) return refusal(status.notFound(target));
  const asked = eviction.deleteOptions.dryRun;
  const dryRun = asked.length > 0 ? asked : query.getAll('dryRun').filter((one) => one !== '');
  const budgets = store
    .list('policy', 'poddisruptionbudgets', target.namespace)
    .filter((budget) => protects(pod) && selects(budget, pod));
  if (budgets.length > 1) return refusal(status.severalBudgets());
  const [budget] = budgets.filter((one) => !isSpared(pod, one));
  const refused = budget && budgetRefusal(budget);
  if (refused !== undefined) return refused;
  const options = { ...eviction.deleteOptions, dryRun };
  const answer = deleteObject(
    { ...context, admission: 'has seen it', contentType: 'application/json', body: JSON.stringify(options) },
    end,
  );
  if (answer.kind === 'json' && answer.code >= 400) return answer;
  if (budget !== undefined && dryRun.length === 0) store.put(withOneLess(budget, target.name, now));
  return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
}
