import type { FootholdOrder } from '../../core/foothold.ts';
import type { ContainerSecurity } from './container-security.ts';
import { type FootholdJob, footholdJob } from './foothold-job.ts';

/**
 * To enter another pod's network namespace takes CAP_SYS_ADMIN, CAP_SYS_PTRACE and CAP_NET_ADMIN, which together are root
 * on the node anyway; and AppArmor and SELinux keep a container that is not privileged from the processes of others.
 */
const PRIVILEGED: ContainerSecurity = {
  privileged: true,
  allowPrivilegeEscalation: true,
  readOnlyRootFilesystem: true,
  ...{ runAsNonRoot: false, runAsUser: 0, runAsGroup: 0 },
  seccompProfile: { type: 'Unconfined' },
};

/**
 * A pod on one node that sees its processes (`hostPID`) and can enter their namespaces. No folder of the node is mounted.
 *
 * It is bound by `nodeName`. The scheduler would need room, an open node and its label; and to make room it may evict a pod
 * of lower priority, perhaps the one that is to be kept. The kubelet refuses what has no room, and says so. A taint
 * `NoExecute` would still evict it: hence the toleration.
 */
export const nodePod = (
  order: FootholdOrder,
  { namespace, node }: { readonly namespace: string; readonly node: string },
): FootholdJob =>
  footholdJob(order, {
    kind: 'node pod',
    namespace,
    security: PRIVILEGED,
    spec: { nodeName: node, tolerations: [{ operator: 'Exists' }], hostPID: true },
  });
