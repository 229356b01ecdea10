import { type FootholdOrder, footholdName } from '../../core/foothold.ts';
import { type ContainerSecurity, RESTRICTED } from './container-security.ts';
import type { PodSecurityLevel } from './pod-security-level.ts';
import { SLEEP } from './sleep.ts';
import { type Capabilities, type TargetUser, targetUser } from './target-user.ts';

/**
 * An entry of `spec.ephemeralContainers`. It names no env, no volume and no port: of what the server adds, only the
 * defaults remain. The ServiceAccount admission plugin mounts a token when a pod is created, into its containers and init
 * containers, and never into an ephemeral one (observed on 1.36; plugin/pkg/admission/serviceaccount/admission.go).
 */
export type EphemeralFoothold = Readonly<{
  name: string;
  image: string;
  imagePullPolicy: 'IfNotPresent';
  command: readonly string[];
  targetContainerName: string;
  securityContext: ContainerSecurity;
}>;

/**
 * A container beside the target: in its network, seeing its processes, as its user where that is known, and with no more
 * than the namespace's Pod Security level admits.
 *
 * @param pod the target pod as the API server sent it
 */
export const ephemeralFoothold = (
  order: FootholdOrder,
  pod: unknown,
  container: string,
  level: PodSecurityLevel,
): EphemeralFoothold => ({
  name: footholdName('ephemeral container', order.run),
  image: order.toolImage,
  imagePullPolicy: 'IfNotPresent',
  command: [SLEEP, String(order.deadlineSeconds)],
  targetContainerName: container,
  securityContext: securityBeside(targetUser(pod, container), level),
});

/**
 * `/proc/<pid>` of another process opens to the same user and group with no fewer capabilities, or to CAP_SYS_PTRACE:
 * ptrace(2), "Ptrace access mode checking".
 */
const securityBeside = (target: TargetUser, level: PodSecurityLevel): ContainerSecurity => {
  const { uid, gid } = target;
  // A process that is not root starts without any capability, so this is as much as the target has.
  if (uid !== undefined && uid !== 0)
    return { ...RESTRICTED, runAsUser: uid, ...(gid === undefined ? {} : { runAsGroup: gid }) };
  if (level === 'restricted' || target.nonRoot === 'required') return RESTRICTED;
  const { capabilities: _none, ...rest } = RESTRICTED;
  const capabilities = rootCapabilities(target, level);
  return {
    ...rest,
    ...(capabilities === undefined ? {} : { capabilities }),
    ...{ runAsNonRoot: false, runAsUser: 0, runAsGroup: gid ?? 0 },
  };
};

/** Those of a target that runs as root. What it has beyond a runtime's default is not copied: CAP_SYS_PTRACE stands for it. */
const rootCapabilities = (
  { uid, privileged, capabilities = {} }: TargetUser,
  level: PodSecurityLevel,
): Capabilities | undefined => {
  const hasMore = uid === undefined || privileged === 'yes' || (capabilities.add ?? []).length > 0;
  if (level !== 'privileged' || !hasMore)
    return Object.keys(capabilities).length === 0 ? undefined : capabilities;
  const { drop } = capabilities;
  return { ...(drop === undefined ? {} : { drop }), add: ['SYS_PTRACE'] };
};
