import { z } from 'zod';
import { type Answer, json, refusal } from '../api/answer.ts';
import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { matchesSelector } from '../api/matches-selector.ts';
import * as status from '../api/status.ts';
import { type Deletion, deleteObject } from './delete-object.ts';
import { parseBody } from './parse-body.ts';
import type { WriteContext } from './write-context.ts';

const evictionSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  deleteOptions: z.looseObject({}).default({}),
});

const budgetRefusal = (budget: KubeObject) => {
  const [needs, has] = ['status.desiredHealthy', 'status.currentHealthy'].map((path) =>
    fieldOf(budget, path),
  );
  return status.tooManyDisruptions({
    reason: 'DisruptionBudget',
    message: `The disruption budget ${budget.metadata.name} needs ${needs} healthy pods and has ${has} currently`,
  });
};

/**
 * POST of an eviction: a delete that PodDisruptionBudgets have to allow.
 * Source: k8s.io/kubernetes, pkg/registry/core/pod/storage/eviction.go.
 */
export function evictPod(context: WriteContext, end: (deletion: Deletion) => void): Answer {
  const { store, target, query, body, contentType } = context;
  const eviction = evictionSchema.safeParse(parseBody(body, contentType)?.value).data;
  if (eviction === undefined) return refusal(status.badRequest('the body is no Eviction'));
  if (eviction.metadata.name !== target.name)
    return refusal(status.badRequest('name in URL does not match name in Eviction object'));
  const pod = store.get(target);
  if (pod === undefined) return refusal(status.notFound(target));
  const budgets = store
    .list('policy', 'poddisruptionbudgets', target.namespace)
    .filter((budget) => matchesSelector(pod, budget['spec']));
  if (budgets.length > 1) return refusal(status.severalBudgets());
  const [budget] = budgets;
  if (budget !== undefined && Number(fieldOf(budget, 'status.disruptionsAllowed') || 0) < 1)
    return refusal(budgetRefusal(budget));
  const dryRun = query.getAll('dryRun');
  const options = { ...(dryRun.length > 0 ? { dryRun } : {}), ...eviction.deleteOptions };
  const answer = deleteObject(
    { ...context, contentType: 'application/json', body: JSON.stringify(options) },
    end,
  );
  if (answer.kind === 'json' && answer.code >= 400) return answer;
  return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
}
