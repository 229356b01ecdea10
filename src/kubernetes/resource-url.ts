import type { ResourcePath } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';

/**
 * One path segment, encoded. Kubernetes itself refuses `.`, `..`, `/` and `%` in a name (its rule for path segment
 * names), so such a name can only be an attempt to reach another path, or a mistake. Throws `command-invalid`.
 */
const segment = (value: string): string => {
  if (value === '' || value === '.' || value === '..' || /[/%\p{Cc}]/u.test(value)) {
    throw new FirebreakError({
      code: 'command-invalid',
      message: `${JSON.stringify(value.slice(0, 80))} is not a name that Kubernetes allows.`,
      next: 'Use the name as `kubectl get` prints it.',
    });
  }
  return encodeURIComponent(value);
};

/** The URL path of a resource, below the server's own base path: `/api/v1/namespaces/a/pods/b/log`. */
export const resourceUrl = (path: ResourcePath): string =>
  [
    path.group === '' ? '/api' : `/apis/${segment(path.group)}`,
    segment(path.version),
    ...(path.namespace === undefined ? [] : ['namespaces', segment(path.namespace)]),
    segment(path.resource),
    ...(path.name === undefined ? [] : [segment(path.name)]),
    ...(path.subresource === undefined ? [] : [segment(path.subresource)]),
  ].join('/');
