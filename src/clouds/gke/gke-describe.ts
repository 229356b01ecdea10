import { FirebreakError, type FirebreakErrorInit } from '../../core/firebreak-error.ts';
import type { GoogleContext } from '../google/google-context.ts';
import type { GoogleCredentials } from '../google/google-credentials.ts';
import { googleCredentialProblem, googleFailure, lacksPermission } from '../google/google-failure.ts';
import { type GoogleRefusal, googleRefusal } from '../google/google-refusal.ts';
import { variable } from '../google/google-surroundings.ts';
import type { GoogleIdentity } from '../google/google-token.ts';
import { type GkeDescription, gkeDescriptionSchema } from './gke-description.ts';
import { type GkeEndpoint, gkeEndpoint } from './gke-endpoint.ts';
import { type GkeOptions, gkeResource } from './gke-options.ts';

type NotReady = Pick<FirebreakErrorInit, 'message' | 'next' | 'retry'>;

/** A cluster that has an API server: a degraded one needs a person, who may well come by Firebreak. */
const USABLE: ReadonlySet<string> = new Set(['RUNNING', 'RECONCILING', 'DEGRADED']);

/** One sentence for each other status. Source: Kubernetes Engine API reference, Cluster.Status. */
const notReady = (status: string, what: string): NotReady => {
  switch (status) {
    case 'PROVISIONING':
      return {
        message: `The ${what} is being created (PROVISIONING) and has no API server yet.`,
        next: 'Ask again when it is RUNNING, which takes about five minutes.',
        retry: 'retry can help',
      };
    case 'STOPPING':
      return {
        message: `The ${what} is being deleted (STOPPING).`,
        next: 'What is left of it is in Cloud Logging and in its disks.',
      };
    case 'ERROR':
      return {
        message: `The ${what} is in the state ERROR and may have no working API server.`,
        next: 'Look at its status in the Google Cloud console, or by `gcloud container clusters describe`.',
      };
    default:
      return {
        message: `The ${what} is in the state ${/^\w{1,40}$/u.test(status) ? status : 'unknown'}, which Firebreak does not know.`,
        next: 'Look at it in the Google Cloud console.',
      };
  }
};

const problem = (
  refusal: GoogleRefusal,
  options: GkeOptions,
  { source, email }: GoogleIdentity,
  context: GoogleContext,
): Error => {
  const resource = gkeResource(options);
  const { project, location, name } = options;
  if (refusal.reason === 'SERVICE_DISABLED')
    return new FirebreakError({
      code: 'config-invalid',
      message: `The Kubernetes Engine API is not enabled in the project of ${resource}, or in the one of the credentials.`,
      next: `Enable it by \`gcloud services enable container.googleapis.com --project=${project}\`, and ask again after some minutes.`,
      cause: refusal,
    });
  if (lacksPermission(refusal))
    return googleCredentialProblem(
      `${email ?? `The identity from ${source}`} lacks the permission container.clusters.get on ${resource}.`,
      `Grant it a role with container.clusters.get in the project ${project}, such as roles/container.clusterViewer, and ask again after a minute; check project, too.`,
      refusal,
    );
  if (refusal.status === 404)
    return new FirebreakError({
      code: 'config-invalid',
      message: `There is no GKE cluster ${name} in ${location} of the project ${project}.`,
      next: 'Check project, location and name in the configuration: a regional cluster has a region as its location, a zonal one its zone.',
      cause: refusal,
    });
  if (refusal.status === 400)
    return new FirebreakError({
      code: 'config-invalid',
      message: `Google does not take ${resource} as the name of a GKE cluster.`,
      next: 'Check project, location and name in the configuration.',
      cause: refusal,
    });
  return googleFailure(refusal, {
    call: `container.clusters.get of ${resource}`,
    source,
    skewMs: context.transport.skewMs,
  });
};

/** Where the API is: gcloud's own variable for another endpoint is honoured, as one of Private Service Connect. */
const apiUrl = ({ surroundings, universe }: GoogleContext): string =>
  (
    variable(surroundings, 'CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER') ?? `https://container.${universe}/`
  ).replace(/\/?$/u, '/');

const describe = async (options: GkeOptions, credentials: GoogleCredentials): Promise<GkeDescription> => {
  const identity = await credentials.provide();
  const context = await credentials.context();
  try {
    const { body } = await context.transport.send({
      method: 'GET',
      url: `${apiUrl(context)}v1/${gkeResource(options)}`,
      headers: { authorization: `Bearer ${identity.token.text}` },
    });
    return gkeDescriptionSchema.parse(body);
  } catch (error) {
    throw problem(googleRefusal(error), options, identity, context);
  }
};

/**
 * `projects.locations.clusters.get`. Throws `cluster-unreachable`, `cluster-credentials`, `cluster-throttled`,
 * `cluster-answer`, `config-invalid`.
 */
export const describeGkeCluster = async (
  options: GkeOptions,
  credentials: GoogleCredentials,
): Promise<GkeEndpoint> => {
  const description = await describe(options, credentials);
  const what = `GKE cluster ${options.name} in ${options.location} of the project ${options.project}`;
  if (!USABLE.has(description.status))
    throw new FirebreakError({ code: 'cluster-unreachable', ...notReady(description.status, what) });
  return gkeEndpoint(description, options, what);
};
