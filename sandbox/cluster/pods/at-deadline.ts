import { fieldOf } from '../api/kube-object.ts';
import type { Pod } from '../api/pod.ts';

const MS = 1_000;

export const DEADLINE_EXCEEDED = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
} as const;

/** Calls `end` when the pod has been active for `activeDeadlineSeconds`. Source: pkg/kubelet/active_deadline.go. */
export function atDeadline(pod: Pod, end: () => void): void {
  const seconds = Number(fieldOf(pod, 'spec.activeDeadlineSeconds') || 0);
  if (seconds > 0) setTimeout(end, seconds * MS).unref();
}
