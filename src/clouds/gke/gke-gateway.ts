import { FirebreakError } from '../../core/firebreak-error.ts';
import type { GkeDescription } from './gke-description.ts';
import type { GkeOptions } from './gke-options.ts';

const MEMBERSHIP =
  /^\/\/gkehub\.googleapis\.com\/projects\/([^/]+)\/locations\/([a-z0-9-]+)\/memberships\/([a-z0-9-]+)$/u;

const isNumber = (project: string | undefined): project is string => /^\d+$/u.test(project ?? '');

/** The project that GKE itself says the cluster is of; `undefined` where it does not say. */
const ownProject = ({ selfLink }: GkeDescription): string | undefined =>
  /\/projects\/([^/]+)\//u.exec(selfLink ?? '')?.[1];

/**
 * The gateway's address has the number of the fleet's project, which may be another than the cluster's. The number that
 * the configuration has for the cluster's own counts only where both are one. Throws `cluster-unreachable`.
 */
const fleetNumber = (
  project: string,
  description: GkeDescription,
  options: GkeOptions,
  what: string,
): string => {
  const isOwn = ownProject(description) === project;
  const candidates = [project, description.fleet?.project, ...(isOwn ? [options.project] : [])];
  const number = candidates.find(isNumber);
  if (number !== undefined) return number;
  throw new FirebreakError({
    code: 'cluster-unreachable',
    message: `GKE does not say the number of the project ${project} of the fleet that the ${what} is in, and Connect gateway's address needs it.`,
    next: isOwn
      ? `Set \`project\` in the configuration to the number of ${project}, or choose another endpoint.`
      : "Choose another endpoint in the configuration: only the fleet's membership could name that number.",
  });
};

/**
 * The address of a GKE cluster behind Connect gateway; its certificate is a publicly trusted one. Throws
 * `cluster-unreachable`. Source: gcloud, `container fleet memberships get-credentials`.
 */
export const gatewayServer = (description: GkeDescription, options: GkeOptions, what: string): URL => {
  const [, project = '', location = '', membership = ''] =
    MEMBERSHIP.exec(description.fleet?.membership ?? '') ?? [];
  if (membership === '')
    throw new FirebreakError({
      code: 'cluster-unreachable',
      message: `The ${what} is not registered in a fleet, and Connect gateway leads to members of a fleet alone.`,
      next: `Register it by \`gcloud container clusters update ${options.name} --location=${options.location} --project=${options.project} --enable-fleet\`, or choose another endpoint in the configuration.`,
    });
  const number = fleetNumber(project, description, options, what);
  const host = `${location === 'global' ? '' : `${location}-`}connectgateway.googleapis.com`;
  return new URL(`https://${host}/v1/projects/${number}/locations/${location}/gkeMemberships/${membership}`);
};
