import type { Pod } from './pod.ts';
import { badRequest, type Status } from './status.ts';

/** The container that a request for logs or exec means, or the refusal of an API server. */
export function chooseContainer(pod: Pod, asked: string): string | Status {
  const names = pod.spec.containers.map((one) => one.name);
  const initNames = (pod.spec.initContainers ?? []).map((one) => one.name);
  const [first, ...more] = names;
  if (asked === '' && first !== undefined && more.length === 0) return first;
  if (asked === '') {
    const inits = initNames.length === 0 ? '' : ` or one of the init containers: [${initNames.join(' ')}]`;
    return badRequest(
      `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]${inits}`,
    );
  }
  const ephemeralNames = (pod.spec.ephemeralContainers ?? []).map((one) => one.name);
  if ([...names, ...initNames, ...ephemeralNames].includes(asked)) return asked;
  return badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
}
