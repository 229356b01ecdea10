import type { FootholdOrder } from '../../core/foothold.ts';
import { RESTRICTED } from './container-security.ts';
import { type FootholdJob, footholdJob } from './foothold-job.ts';

/** The tool image's own user; no name is needed for it. */
const NOBODY = 65_534;
const MOST = 100;

/**
 * A pod that only looks from elsewhere: without any privilege, on the pod network, and where possible not on the target's
 * node, since what comes from its own node passes many policies.
 */
export const probePod = (
  order: FootholdOrder,
  { namespace, awayFrom }: { readonly namespace: string; readonly awayFrom: string },
): FootholdJob =>
  footholdJob(order, {
    kind: 'probe pod',
    namespace,
    security: { ...RESTRICTED, runAsUser: NOBODY, runAsGroup: NOBODY },
    spec: {
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      ...(awayFrom === '' ? {} : { affinity: { nodeAffinity: otherNode(awayFrom) } }),
    },
  });

/** By the node's name: its hostname label can differ. */
const otherNode = (name: string) => ({
  preferredDuringSchedulingIgnoredDuringExecution: [
    {
      weight: MOST,
      preference: { matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: [name] }] },
    },
  ],
});
