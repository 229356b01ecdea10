/** A container's security context as Firebreak writes it; nothing is left to a default. */
export type ContainerSecurity = Readonly<{
  allowPrivilegeEscalation: boolean;
  capabilities?: Readonly<{ add?: readonly string[]; drop?: readonly string[] }>;
  privileged?: true;
  readOnlyRootFilesystem: true;
  runAsNonRoot: boolean;
  runAsUser?: number;
  runAsGroup?: number;
  seccompProfile: Readonly<{ type: 'RuntimeDefault' | 'Unconfined' }>;
}>;

/** What Pod Security `restricted` asks of a container. Source: Kubernetes documentation, "Pod Security Standards". */
export const RESTRICTED: ContainerSecurity = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};
