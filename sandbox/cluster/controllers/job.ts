import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { generatedName } from '../writes/generated-name.ts';
import { secondsText } from '../writes/seconds-text.ts';
import { claimPods } from './claim-pods.ts';
import type { ControllerPlace } from './controller-place.ts';
import { inDeletionOrder } from './deletion-order.ts';
import { podFromTemplate } from './pod-from-template.ts';
import { isActive, isBeingDeleted, isReady } from './pod-state.ts';

const number = (job: KubeObject, path: string, otherwise: number) => Number(fieldOf(job, path) || otherwise);

/**
 * Keeps a Job's pods running until enough have succeeded. Back-off, its limit and the tracking finalizer are not played.
 * Source: pkg/controller/job/job_controller.go, manageJob.
 */
export function syncJob(place: ControllerPlace, job: KubeObject): void {
  const { name, namespace = '' } = job.metadata;
  const mine = claimPods(place, job, place.pods(namespace));
  const active = mine.filter(isActive);
  const inPhase = (phase: string) => mine.filter((pod) => fieldOf(pod, 'status.phase') === phase).length;
  const [succeeded, failed] = [inPhase('Succeeded'), inPhase('Failed')];
  const left = number(job, 'spec.completions', 1) - succeeded;
  const suspended = fieldOf(job, 'spec.suspend') === 'true';
  const wanted = suspended ? 0 : Math.max(0, Math.min(number(job, 'spec.parallelism', 1), left));
  const isOver = fieldOf(job, 'status.completionTime') !== '';
  if (!isBeingDeleted(job) && !isOver) {
    for (let missing = wanted - active.length; missing > 0; missing -= 1) {
      const generateName = `${name}-`;
      const pod = podFromTemplate(job, { name: generatedName(generateName), generateName });
      place.create(job, pod);
      place.tell(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    }
    const surplus = Math.max(0, active.length - wanted);
    for (const pod of inDeletionOrder(active, [], Date.now()).slice(0, surplus)) {
      place.delete(job, pod, `Deleted pod: ${pod.metadata.name}`);
    }
  }
  const now = { active: active.length, ready: active.filter(isReady).length, succeeded, failed };
  const done = left <= 0 && !isOver ? { completionTime: secondsText(new Date()) } : {};
  place.updateStatus(job, { ...now, ...done }, ['ready']);
}
