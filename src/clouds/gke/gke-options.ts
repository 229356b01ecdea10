import { z } from 'zod';
import { accessOptions } from '../access/access-options.ts';

/** The ways to an API server. Left out: the one that Google names first, by IP where the cluster has such. */
export const GKE_ENDPOINTS = ['public', 'private', 'dns', 'connect-gateway'] as const;
export type GkeEndpointName = (typeof GKE_ENDPOINTS)[number];

const serviceAccount = z
  .string()
  .regex(/^[\w.:-]+@[\w.-]+\.[\w-]+$/, 'must be the e-mail of a service account');

/** The provider's keys in `firebreak.yml`. Shapes: GKE's and IAM's API references. */
export const gkeOptionsSchema = z
  .strictObject({
    project: z
      .string()
      .regex(
        /^(?:[a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$|^\d{6,20}$/,
        'must be the id or number of a Google Cloud project',
      ),
    location: z
      .string()
      .regex(
        /^[a-z]+(?:-[a-z]+)+\d+(?:-[a-z])?$/,
        'must be a region or zone, such as europe-west1 or europe-west1-b',
      ),
    /** The cluster's name in GKE. */
    name: z.string().regex(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'must be the name of a GKE cluster'),
    endpoint: z.enum(GKE_ENDPOINTS).optional(),
    /** A service account that is impersonated with what was found: another project's, or one that can do less. */
    impersonate: serviceAccount.optional(),
    /** The accounts in between, from the first that is impersonated to the last. */
    delegates: z.array(serviceAccount).min(1).optional(),
    /** A credentials file. Left out: the chain of sources. */
    credentials: z.string().min(1).optional(),
    ...accessOptions,
  })
  .refine(({ delegates, impersonate }) => delegates === undefined || impersonate !== undefined, {
    message: 'are for the account that impersonate names, and there is none',
    path: ['delegates'],
  });
export type GkeOptions = Readonly<z.infer<typeof gkeOptionsSchema>>;

/** As IAM and the API name it. */
export const gkeResource = ({ project, location, name }: GkeOptions): string =>
  `projects/${project}/locations/${location}/clusters/${name}`;
