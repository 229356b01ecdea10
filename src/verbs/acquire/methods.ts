import type { Method } from '../../core/plan.ts';
import type { PodTarget } from '../../core/target.ts';
import type { AcquireOptions } from './acquire-options.ts';
import { COMMAND } from './collect-inside.ts';

const inGibibytes = (bytes: number): string => `${Math.round((bytes / 1024 ** 3) * 100) / 100} GiB`;

/** What will run, for the card; nothing inside a container that does not run. */
export const methodsOf = (
  target: PodTarget,
  { container, maxBytes, deadlineSeconds, paths }: AcquireOptions,
): readonly Method[] => {
  const inside = target.containers.find(({ name }) => name === container)?.state === 'running';
  const files = paths.length === 0 ? 'the root file system, without any other mount' : paths.join(', ');
  const creates = 'a short-lived process in the container; no file';
  return [
    { what: 'Read the pod and its events from the API', creates: 'nothing' },
    ...(inside
      ? [
          {
            what: `Run a collector by \`${COMMAND}\`, sent on stdin: processes, sockets, mounts`,
            container,
            creates,
          },
          {
            what: `Then read as one tar: ${files}; at most ${inGibibytes(maxBytes)} in ${Math.ceil(deadlineSeconds / 60)} min`,
            container,
            creates,
          },
        ]
      : []),
    { what: 'Read the logs of every container, current and previous', creates: 'nothing' },
  ];
};
