import {
  FOOTHOLD_CONTAINER,
  FOOTHOLD_LABEL,
  type FootholdKind,
  type FootholdOrder,
  footholdName,
} from '../../core/foothold.ts';
import { CASE_LABEL } from '../../core/marks.ts';
import type { ContainerSecurity } from './container-security.ts';
import { SLEEP } from './sleep.ts';

/** A moment to read how it ended; then the cluster deletes it. */
export const KEPT_AFTER_END_SECONDS = 60;

/** A mesh's proxy would answer for whatever the foothold tries to reach, and would keep the pod from ending. */
const WITHOUT_MESH = {
  labels: { 'sidecar.istio.io/inject': 'false', 'kuma.io/sidecar-injection': 'disabled' },
  annotations: { 'linkerd.io/inject': 'disabled' },
} as const;

/** A batch/v1 Job without the marks, which whoever writes it adds to its metadata. */
export type FootholdJob = Readonly<{
  apiVersion: 'batch/v1';
  kind: 'Job';
  metadata: Readonly<{ name: string; namespace: string; labels: Readonly<Record<string, string>> }>;
  spec: Readonly<{
    activeDeadlineSeconds: number;
    ttlSecondsAfterFinished: number;
    backoffLimit: 0;
    template: Readonly<{
      metadata: Readonly<{
        labels: Readonly<Record<string, string>>;
        annotations: Readonly<Record<string, string>>;
      }>;
      spec: PodSpec;
    }>;
  }>;
}>;

/** Nothing that is the default is written: the server would leave it out again, and what stands there would look changed. */
type PodSpec = Readonly<{
  containers: readonly [Container];
  [field: string]: unknown;
}>;

type Container = Readonly<{
  name: string;
  image: string;
  imagePullPolicy: 'IfNotPresent';
  command: readonly string[];
  resources: Readonly<Record<'requests' | 'limits', Readonly<Record<'cpu' | 'memory', string>>>>;
  securityContext: ContainerSecurity;
}>;

/** Small enough to find a place anywhere: nothing is moved aside for it. */
const RESOURCES = {
  requests: { cpu: '10m', memory: '32Mi' },
  limits: { cpu: '500m', memory: '256Mi' },
} as const;

export interface FootholdPod {
  readonly kind: Exclude<FootholdKind, 'ephemeral container'>;
  readonly namespace: string;
  readonly security: ContainerSecurity;
  /** What sets its pod apart from that of other footholds. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * A Job with one pod that sleeps until its deadline. Three see to its end: its own `sleep`, the kubelet and the Job
 * controller, so that it ends where one of them is gone; then the TTL controller deletes it (Kubernetes 1.23 or later).
 */
export const footholdJob = (
  order: FootholdOrder,
  { kind, namespace, security, spec }: FootholdPod,
): FootholdJob => {
  const { run, toolImage, deadlineSeconds } = order;
  const labels = { [FOOTHOLD_LABEL]: run };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: footholdName(kind, run), namespace, labels },
    spec: {
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: KEPT_AFTER_END_SECONDS,
      backoffLimit: 0,
      template: {
        metadata: {
          labels: { ...labels, [CASE_LABEL]: order.case, ...WITHOUT_MESH.labels },
          annotations: WITHOUT_MESH.annotations,
        },
        spec: {
          restartPolicy: 'Never',
          activeDeadlineSeconds: deadlineSeconds,
          // `sleep` as the first process of a container does not heed SIGTERM.
          terminationGracePeriodSeconds: 1,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          ...spec,
          containers: [
            {
              name: FOOTHOLD_CONTAINER,
              image: toolImage,
              imagePullPolicy: 'IfNotPresent',
              command: [SLEEP, String(deadlineSeconds)],
              resources: RESOURCES,
              securityContext: security,
            },
          ],
        },
      },
    },
  };
};
