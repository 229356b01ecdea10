import type { ResourcePath } from '../core/cluster.ts';
import type { Permission } from '../core/permission.ts';
import type { Method } from './http-exchange.ts';
import type { Asked } from './status-failure.ts';

const VERBS = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

/** The permission that RBAC asks for a request: its verb follows from the method and from whether an object is named. */
export const askedPermission = (
  method: Method,
  path: ResourcePath,
): Pick<Asked, 'permissions' | 'namespace'> => {
  const verb: Permission['verb'] =
    method === 'GET' ? (path.name === undefined ? 'list' : 'get') : VERBS[method];
  return {
    permissions: [
      {
        verb,
        group: path.group,
        resource: path.resource,
        ...(path.subresource === undefined ? {} : { subresource: path.subresource }),
      },
    ],
    ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
  };
};
