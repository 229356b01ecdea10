import { bearerOf, sendJson, sendStatus } from './cloud-api-server.ts';
import type { GkeScene } from './gke-scene.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** What the gateway asks IAM for. Source: GKE fleet documentation, "Use the Connect gateway", IAM roles. */
const permissionFor = (method = 'GET'): string => `gkehub.gateway.${method.toLowerCase()}`;

/**
 * Plays Connect gateway at `host`, as IAM and a cluster behind it that lets everybody do everything. Each request needs
 * the permission of its method. Returns the permissions that requests needed, one for each.
 */
export const serveGateway = (
  scene: GkeScene,
  host: string,
  granted: ReadonlySet<string>,
): readonly string[] => {
  const needed: string[] = [];
  scene.internet.serve(host, (request, _body, response) => {
    const needs = permissionFor(request.method);
    needed.push(needs);
    if (!scene.accepts(bearerOf(request))) sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
    else if (!granted.has(needs))
      sendStatus(
        response,
        403,
        'Forbidden',
        `Permission '${needs}' denied on resource (or it may not exist).`,
      );
    else if (request.url?.endsWith(REVIEWS) === true)
      sendJson(response, 201, { kind: 'SelfSubjectAccessReview', status: { allowed: true } });
    else if (request.url?.endsWith('/version') === true) sendJson(response, 200, { gitVersion: 'v1.36.2' });
    else sendStatus(response, 404, 'NotFound', 'not found');
  });
  return needed;
};
