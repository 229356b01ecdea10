import { FirebreakError } from '../../core/firebreak-error.ts';
import type { GkeDescription } from './gke-description.ts';
import type { GkeOptions } from './gke-options.ts';

const MEMBERSHIP =
  /^\/\/gkehub\.googleapis\.com\/projects\/([^/]+)\/locations\/([a-z0-9-]+)\/memberships\/([a-z0-9-]+)$/u;

/**
 * The address of a GKE cluster behind Connect gateway; its certificate is a publicly trusted one. Throws
 * `cluster-unreachable`. Source: gcloud, `container fleet memberships get-credentials`.
 */
export const gatewayServer = ({ fleet }: GkeDescription, options: GkeOptions, what: string): URL => {
  const [, project = '', location = '', membership = ''] = MEMBERSHIP.exec(fleet?.membership ?? '') ?? [];
  if (membership === '')
    throw new FirebreakError({
      code: 'cluster-unreachable',
      message: `The ${what} is not registered in a fleet, and Connect gateway leads to members of a fleet alone.`,
      next: `Register it by \`gcloud container clusters update ${options.name} --location=${options.location} --project=${options.project} --enable-fleet\`, or choose another endpoint in the configuration.`,
    });
  const number = [project, fleet?.project ?? '', options.project].find((one) => /^\d+$/u.test(one));
  if (number === undefined)
    throw new FirebreakError({
      code: 'cluster-unreachable',
      message: `GKE does not say the number of the fleet's project ${project} for the ${what}, which Connect gateway's address needs.`,
      next: 'Set `project` in the configuration to the number of the project, or choose another endpoint.',
    });
  const host = `${location === 'global' ? '' : `${location}-`}connectgateway.googleapis.com`;
  return new URL(`https://${host}/v1/projects/${number}/locations/${location}/gkeMemberships/${membership}`);
};
