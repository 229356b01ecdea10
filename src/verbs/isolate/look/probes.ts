import { z } from 'zod';

const probeSchema = z.looseObject({
  initialDelaySeconds: z.number().default(0),
  periodSeconds: z.number().default(10),
  timeoutSeconds: z.number().default(1),
  failureThreshold: z.number().default(3),
  exec: z.unknown().optional(),
});
type Probe = z.infer<typeof probeSchema>;

const containerSchema = z.looseObject({
  name: z.string(),
  restartPolicy: z.string().optional(),
  livenessProbe: probeSchema.optional(),
  startupProbe: probeSchema.optional(),
});

const podSchema = z.looseObject({
  spec: z.looseObject({
    restartPolicy: z.string().default('Always'),
    containers: z.array(containerSchema),
    initContainers: z.array(containerSchema).default([]),
  }),
  status: z
    .looseObject({
      containerStatuses: z
        .array(z.looseObject({ name: z.string(), started: z.boolean().nullish() }))
        .default([]),
      initContainerStatuses: z
        .array(z.looseObject({ name: z.string(), started: z.boolean().nullish() }))
        .default([]),
    })
    .default({ containerStatuses: [], initContainerStatuses: [] }),
});

/** What kubelet does to a container whose probe fails from now on. */
export interface ProbedContainer {
  readonly container: string;
  readonly probe: 'liveness' | 'startup';
  /** `inside`: a command in the container, which no policy touches by itself. */
  readonly through: 'the network' | 'inside';
  /** From the first try that fails. */
  readonly restartedAfterSeconds: number;
  readonly afterwards: 'started again' | 'left dead';
}

/** Tries are a period apart; the last one has to time out. Source: Kubernetes, pkg/kubelet/prober/worker.go. */
const secondsUntilRestart = ({ periodSeconds, failureThreshold, timeoutSeconds }: Probe): number =>
  periodSeconds * failureThreshold + timeoutSeconds;

/**
 * Which containers kubelet would restart if their probes failed. A startup probe counts alone until it succeeded once.
 * Init containers count where they run beside the others (KEP-753).
 */
export const probedContainers = (object: unknown): readonly ProbedContainer[] => {
  const { spec, status } = podSchema.parse(object);
  const sidecars = spec.initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const statuses = [...status.containerStatuses, ...status.initContainerStatuses];
  return [...sidecars, ...spec.containers].flatMap((container) => {
    const { name, livenessProbe, startupProbe, restartPolicy = spec.restartPolicy } = container;
    const started = statuses.find((one) => one.name === name)?.started === true;
    const startup = started ? undefined : startupProbe;
    const probe = startup ?? livenessProbe;
    if (probe === undefined) return [];
    return [
      {
        container: name,
        probe: startup === undefined ? ('liveness' as const) : ('startup' as const),
        through: probe.exec === undefined ? ('the network' as const) : ('inside' as const),
        restartedAfterSeconds: (started ? 0 : probe.initialDelaySeconds) + secondsUntilRestart(probe),
        afterwards: restartPolicy === 'Never' ? ('left dead' as const) : ('started again' as const),
      },
    ];
  });
};

const FROM_THE_NODE =
  'Those probes come from the pod’s own node, which a NetworkPolicy always lets in by its definition; not every engine keeps to that.';

/** What that means for the evidence, in words for the card. */
export const probeSentences = (probed: readonly ProbedContainer[]): readonly string[] => {
  if (probed.length === 0)
    return ['No container has a liveness or startup probe, so that kubelet restarts none for being cut off.'];
  const lines = probed.map(({ container, probe, through, restartedAfterSeconds: seconds, afterwards }) => {
    const does = afterwards === 'started again' ? 'restarts it' : 'ends it for good';
    const inside =
      through === 'inside' ? '; the probe is a command inside it, and fails if that needs the network' : '';
    return `Container ${container}: if its ${probe} probe fails, kubelet ${does} after about ${seconds} s, and its processes and memory are lost${inside}.`;
  });
  return [...lines, ...(probed.some(({ through }) => through === 'the network') ? [FROM_THE_NODE] : [])];
};
