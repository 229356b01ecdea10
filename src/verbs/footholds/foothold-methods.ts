import type { FootholdOrder } from '../../core/foothold.ts';
import type { Method } from '../../core/plan.ts';
import type { ContainerSecurity } from './container-security.ts';
import type { EphemeralFoothold } from './ephemeral-foothold.ts';
import { type FootholdJob, KEPT_AFTER_END_SECONDS } from './foothold-job.ts';

/** A foothold as it will be made, for the card. */
export type PlannedFoothold =
  | {
      readonly kind: 'ephemeral container';
      readonly namespace: string;
      readonly pod: string;
      readonly container: EphemeralFoothold;
    }
  | { readonly kind: 'probe pod' | 'node pod'; readonly job: FootholdJob };

/** `45 min`, `90 s`. */
const inWords = (seconds: number): string => (seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`);

/** Who it runs as and what it may, read off what will be sent. */
const privilegesOf = ({ privileged, runAsUser, capabilities = {} }: ContainerSecurity): string => {
  if (privileged === true)
    return 'privileged: root on the node, to enter the network namespace of another pod';
  const { add = [], drop = [] } = capabilities;
  const user = runAsUser === undefined ? 'the image’s or the pod’s user' : `user ${runAsUser}`;
  const rest = drop.includes('ALL') ? 'no capabilities' : 'the runtime’s default capabilities';
  const less = drop.length === 0 || drop.includes('ALL') ? '' : ` without ${drop.join(', ')}`;
  const more = add.length === 0 ? '' : ` and ${add.join(', ')}`;
  return `${user}, ${rest}${less}${more}`;
};

const NO_CREDENTIAL = 'no service-account token';

/** The plan's lines for footholds: namespace, image by digest, privileges and deadline of each. */
export const footholdMethods = (
  footholds: readonly PlannedFoothold[],
  { deadlineSeconds }: Pick<FootholdOrder, 'deadlineSeconds'>,
): readonly Method[] =>
  footholds.map((foothold) => {
    const ends = `ends by itself after ${inWords(deadlineSeconds)}`;
    if (foothold.kind === 'ephemeral container') {
      const { namespace, pod, container } = foothold;
      const { image, targetContainerName, securityContext } = container;
      return {
        what: `Start ${image} beside the target in pod/${pod} in ${namespace}: ${privilegesOf(securityContext)}; ${NO_CREDENTIAL}; ${ends}`,
        container: targetContainerName,
        creates: 'an ephemeral container, which stays in the pod’s specification',
      };
    }
    const { metadata, spec } = foothold.job;
    const pod = spec.template.spec;
    const [{ image, securityContext }] = pod.containers;
    const where = typeof pod['nodeName'] === 'string' ? ` on node ${pod['nodeName']}` : '';
    const sees = pod['hostPID'] === true ? '; sees the processes of the node' : '';
    return {
      what: `Start a ${foothold.kind} of ${image} in ${metadata.namespace}${where}: ${privilegesOf(securityContext)}${sees}; ${NO_CREDENTIAL}; ${ends}`,
      creates: `a Job and its pod; the cluster deletes both ${inWords(KEPT_AFTER_END_SECONDS)} after their end`,
    };
  });

/** What remains of them, for the card. */
export const footholdLeaves = (
  footholds: readonly PlannedFoothold[],
  { deadlineSeconds }: Pick<FootholdOrder, 'deadlineSeconds'>,
): readonly string[] =>
  footholds.flatMap((foothold) =>
    foothold.kind === 'ephemeral container'
      ? [
          `An ephemeral container stays in the specification of pod/${foothold.pod} in ${foothold.namespace} for as long as the pod lives: Kubernetes can’t take one away. Its process ends after ${inWords(deadlineSeconds)}.`,
        ]
      : [],
  );

/** What it may fail to see, for the card. */
export const footholdRisks = (footholds: readonly PlannedFoothold[]): readonly string[] =>
  footholds.flatMap((foothold) => {
    if (foothold.kind !== 'ephemeral container') return [];
    const { runAsUser, capabilities } = foothold.container.securityContext;
    const sees = runAsUser !== undefined || (capabilities?.add ?? []).includes('SYS_PTRACE');
    return sees
      ? []
      : [
          `The API does not tell the user of container ${foothold.container.targetContainerName}: what Firebreak starts beside it shares its network, but may not be let into its processes and files.`,
        ];
  });
