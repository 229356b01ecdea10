import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { generatedName } from '../writes/generated-name.ts';
import { secondsText } from '../writes/seconds-text.ts';
import { claimPods } from './claim-pods.ts';
import type { ControllerPlace } from './controller-place.ts';
import { inJobDeletionOrder } from './deletion-order.ts';
import {
  conditionsOf,
  decidedFailure,
  endedAtMs,
  type JobEnd,
  untilDeadlineMs,
  untilRemovalMs,
  whyItFails,
} from './job-end.ts';
import { podFromTemplate } from './pod-from-template.ts';
import { hasEnded, isActive, isBeingDeleted, isReady } from './pod-state.ts';

const number = (job: KubeObject, path: string, otherwise: number) => Number(fieldOf(job, path) || otherwise);

const COMPLETED: JobEnd = {
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
};

/**
 * Keeps a Job's pods running until enough have succeeded, too many have failed or its deadline has passed; and takes it
 * away when its time after that is up, its pods after it instead of before. The delay of back-off and the tracking
 * finalizer are not played.
 * Source: pkg/controller/job/job_controller.go, syncJob, manageJob; KEP-3329 and KEP-3998 for the conditions.
 */
export function syncJob(place: ControllerPlace, job: KubeObject): void {
  const now = new Date();
  const mine = claimPods(place, job, place.pods(job.metadata.namespace ?? ''));
  if (endedAtMs(job) !== undefined) removeInTime(place, job, now);
  else {
    const started = fieldOf(job, 'status.startTime') || secondsText(now);
    const deadline = untilDeadlineMs(job, Date.parse(started), now.getTime());
    const failed = mine.filter((pod) => fieldOf(pod, 'status.phase') === 'Failed').length;
    const failure = decidedFailure(job) ?? whyItFails(job, failed, deadline);
    if (failure !== undefined) fail(place, job, mine, failure, now);
    else {
      if (deadline !== undefined) place.lookAgainIn(deadline);
      manage(place, job, mine, { started, failed });
    }
  }
}

function removeInTime(place: ControllerPlace, job: KubeObject, now: Date): void {
  const left = untilRemovalMs(job, now.getTime());
  if (left === undefined) return;
  if (left > 0) place.lookAgainIn(left);
  else place.end(job);
}

const withCondition = (job: KubeObject, types: readonly string[], { reason, message }: JobEnd, now: Date) => {
  const at = secondsText(now);
  const there = conditionsOf(job);
  const missing = types.filter((type) => !there.some((one) => one['type'] === type));
  const told = missing.map((type) => ({
    ...{ type, status: 'True', lastProbeTime: at, lastTransitionTime: at, reason, message },
  }));
  return [...there, ...told];
};

/** Ends what runs, and says that it has failed once nothing does. */
function fail(
  place: ControllerPlace,
  job: KubeObject,
  mine: readonly KubeObject[],
  end: JobEnd,
  now: Date,
): void {
  for (const pod of mine.filter(isActive)) place.delete(job, pod, `Deleted pod: ${pod.metadata.name}`);
  const over = mine.every(hasEnded);
  if (decidedFailure(job) === undefined) place.tell(job, 'Warning', end.reason, end.message);
  const conditions = withCondition(job, over ? ['FailureTarget', 'Failed'] : ['FailureTarget'], end, now);
  const failed = Math.max(mine.length, number(job, 'status.failed', 0));
  place.updateStatus(job, { active: 0, ready: 0, failed, conditions }, ['ready']);
}

function manage(
  place: ControllerPlace,
  job: KubeObject,
  mine: readonly KubeObject[],
  { started, failed }: { readonly started: string; readonly failed: number },
): void {
  const active = mine.filter(isActive);
  const succeeded = mine.filter((pod) => fieldOf(pod, 'status.phase') === 'Succeeded').length;
  const left = number(job, 'spec.completions', 1) - succeeded;
  const suspended = fieldOf(job, 'spec.suspend') === 'true';
  const wanted = suspended ? 0 : Math.max(0, Math.min(number(job, 'spec.parallelism', 1), left));
  if (!isBeingDeleted(job)) {
    for (let missing = wanted - active.length; missing > 0; missing -= 1) if (!start(place, job)) break;
    const surplus = Math.max(0, active.length - wanted);
    for (const pod of inJobDeletionOrder(active, Date.now()).slice(0, surplus)) {
      place.delete(job, pod, `Deleted pod: ${pod.metadata.name}`);
    }
  }
  const now = new Date();
  const done =
    left > 0
      ? {}
      : {
          completionTime: secondsText(now),
          conditions: withCondition(job, ['SuccessCriteriaMet', 'Complete'], COMPLETED, now),
        };
  const counts = { active: active.length, ready: active.filter(isReady).length, succeeded, failed };
  place.updateStatus(job, { startTime: started, ...counts, ...done }, ['ready']);
}

function start(place: ControllerPlace, job: KubeObject): boolean {
  const generateName = `${job.metadata.name}-`;
  const pod = podFromTemplate(job, { name: generatedName(generateName), generateName });
  const made = place.create(job, pod);
  if (made) place.tell(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  return made;
}
