import { z } from 'zod';
import { listed } from '../../changes/change-words.ts';

const names = z.array(z.string()).default([]);

const containerSchema = z.looseObject({
  name: z.string(),
  restartPolicy: z.string().optional(),
  securityContext: z
    .looseObject({
      privileged: z.boolean().default(false),
      capabilities: z.looseObject({ add: names, drop: names }).default({ add: [], drop: [] }),
    })
    .default({ privileged: false, capabilities: { add: [], drop: [] } }),
});
type Container = z.infer<typeof containerSchema>;

const podSchema = z.looseObject({
  spec: z.looseObject({
    containers: z.array(containerSchema),
    initContainers: z.array(containerSchema).default([]),
  }),
});

/** `CAP_NET_RAW` and `NET_RAW` are the same. */
const has = (list: readonly string[], capability: string): boolean =>
  list.some((one) => one === 'ALL' || one.replace(/^CAP_/u, '') === capability);

/** What container runtimes give where nothing is said. Source: containerd, oci.WithDefaultUnixCaps; CRI-O, default_capabilities. */
const BY_DEFAULT: ReadonlySet<string> = new Set(['NET_RAW']);

const holds = ({ securityContext }: Container, capability: string): boolean => {
  const { privileged, capabilities } = securityContext;
  return (
    privileged ||
    has(capabilities.add, capability) ||
    (BY_DEFAULT.has(capability) && !has(capabilities.drop, capability))
  );
};

const which = (containers: readonly Container[]): string =>
  `${containers.length === 1 ? 'container' : 'containers'} ${listed(containers.map(({ name }) => name))}`;

/**
 * Who of the pod can get past rules in its own network namespace, in words for the card.
 * Source: capabilities(7); a packet socket writes below the hooks of the families ip, ip6 and inet.
 */
export const pastTheRules = (pod: unknown): readonly string[] => {
  const { spec } = podSchema.parse(pod);
  // Init containers that run beside the others (KEP-753).
  const sidecars = spec.initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const containers = [...sidecars, ...spec.containers];
  const [admins, raw] = ['NET_ADMIN', 'NET_RAW'].map((capability) =>
    containers.filter((one) => holds(one, capability)),
  );
  return [
    ...(admins === undefined || admins.length === 0
      ? []
      : [
          `What runs in ${which(admins)} with CAP_NET_ADMIN can take the rules in its network namespace away again; the proof is repeated, and shows it.`,
        ]),
    ...(raw === undefined || raw.length === 0
      ? []
      : [
          `What runs in ${which(raw)} may hold CAP_NET_RAW, and can then write raw frames past the rules in its network namespace: only a policy that its node enforces stops those.`,
        ]),
  ];
};
