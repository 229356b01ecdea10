import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { asMap, type JsonMap, mapsIn } from '../writes/json-tree.ts';

const MS = 1_000;
const DEFAULT_BACKOFF_LIMIT = 6;

export interface JobEnd {
  readonly reason: string;
  readonly message: string;
}

export const conditionsOf = (job: KubeObject): readonly JsonMap[] =>
  mapsIn(asMap(job['status'])?.['conditions']);

const condition = (job: KubeObject, type: string): JsonMap | undefined =>
  conditionsOf(job).find((one) => one['type'] === type && one['status'] === 'True');

/** When it ended, in ms; undefined while it has not. */
export const endedAtMs = (job: KubeObject): number | undefined => {
  const end = condition(job, 'Complete') ?? condition(job, 'Failed');
  return end === undefined ? undefined : Date.parse(fieldOf(end, 'lastTransitionTime'));
};

/** Its failure once it is decided, which it is before its pods have ended. */
export const decidedFailure = (job: KubeObject): JobEnd | undefined => {
  const found = condition(job, 'FailureTarget');
  return found === undefined
    ? undefined
    : { reason: fieldOf(found, 'reason'), message: fieldOf(found, 'message') };
};

/** How long until its deadline, in ms; undefined without one. */
export const untilDeadlineMs = (job: KubeObject, startedMs: number, nowMs: number): number | undefined => {
  const seconds = fieldOf(job, 'spec.activeDeadlineSeconds');
  return seconds === '' ? undefined : startedMs + Number(seconds) * MS - nowMs;
};

/** How long it is still kept, in ms; undefined for as long as somebody wants. Source: pkg/controller/ttlafterfinished. */
export const untilRemovalMs = (job: KubeObject, nowMs: number): number | undefined => {
  const seconds = fieldOf(job, 'spec.ttlSecondsAfterFinished');
  const ended = endedAtMs(job);
  return seconds === '' || ended === undefined ? undefined : ended + Number(seconds) * MS - nowMs;
};

/** Why a Job fails now; undefined when it goes on. Source: pkg/controller/job/job_controller.go, syncJob. */
export function whyItFails(
  job: KubeObject,
  failed: number,
  deadlineMs: number | undefined,
): JobEnd | undefined {
  const limit = fieldOf(job, 'spec.backoffLimit');
  if (failed > (limit === '' ? DEFAULT_BACKOFF_LIMIT : Number(limit)))
    return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  if (deadlineMs !== undefined && deadlineMs <= 0)
    return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  return undefined;
}
