/** What becomes of a pod whose controller no longer selects it. Observed on Kubernetes 1.36. */
const RELEASED: Readonly<Record<string, string>> = {
  ReplicaSet: 'lets go of it and starts another pod in its place',
  StatefulSet: 'lets go of it, and can’t start another of its name while it is there',
  DaemonSet: 'lets go of it and starts a second pod on its node',
  Job: 'lets go of it and starts another pod in its place',
};

interface Controller {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly before: 'selects' | 'does not';
  readonly after: 'selects' | 'does not';
}

interface ControlledPod {
  readonly name: string;
  /** UID of its controller; undefined for a pod that nothing controls. */
  readonly controller: string | undefined;
}

/** A StatefulSet only takes pods that are named after it: `db-0`. Source: Kubernetes, statefulset getParentNameAndOrdinal. */
const couldTake = ({ kind, name }: Controller, pod: ControlledPod): boolean =>
  kind !== 'StatefulSet' || /^(.*)-\d+$/.exec(pod.name)?.[1] === name;

/** What controllers do when the labels of a pod change, one sentence each: one may let go of it, others take and delete it. */
export const controllerRisks = (
  controllers: readonly Controller[],
  pod: ControlledPod,
): readonly string[] => {
  const released = controllers.find(
    ({ uid, before, after }) => uid === pod.controller && before === 'selects' && after === 'does not',
  );
  const adopting =
    pod.controller !== undefined && released === undefined
      ? []
      : controllers.filter(
          (one) =>
            one.after === 'selects' &&
            (one.before === 'does not' || released !== undefined) &&
            couldTake(one, pod),
        );
  return [
    ...(released === undefined
      ? []
      : [`${released.kind}/${released.name} ${RELEASED[released.kind] ?? 'lets go of it'}.`]),
    ...adopting.map(({ kind, name }) => `${kind}/${name} would adopt it and may delete it.`),
  ];
};
