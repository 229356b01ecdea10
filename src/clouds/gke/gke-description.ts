import { z } from 'zod';

/**
 * A cluster as `projects.locations.clusters.get` tells of it. JSON leaves out what is false or empty, so a part that is
 * there without a key means no. Source: Kubernetes Engine API reference, v1, Cluster.
 */
export const gkeDescriptionSchema = z.looseObject({
  status: z.string().default('STATUS_UNSPECIFIED'),
  statusMessage: z.string().optional(),
  /** Its URL at the API, with the id of its project. */
  selfLink: z.string().optional(),
  endpoint: z.string().optional(),
  masterAuth: z.looseObject({ clusterCaCertificate: z.string().optional() }).optional(),
  privateClusterConfig: z
    .looseObject({
      enablePrivateEndpoint: z.boolean().default(false),
      privateEndpoint: z.string().optional(),
      publicEndpoint: z.string().optional(),
    })
    .optional(),
  masterAuthorizedNetworksConfig: z
    .looseObject({
      enabled: z.boolean().default(false),
      cidrBlocks: z.array(z.looseObject({ cidrBlock: z.string() })).default([]),
    })
    .optional(),
  controlPlaneEndpointsConfig: z
    .looseObject({
      dnsEndpointConfig: z
        .looseObject({
          endpoint: z.string().optional(),
          allowExternalTraffic: z.boolean().default(false),
        })
        .optional(),
      ipEndpointsConfig: z
        .looseObject({
          enabled: z.boolean().default(false),
          enablePublicEndpoint: z.boolean().default(false),
          privateEndpoint: z.string().optional(),
          publicEndpoint: z.string().optional(),
          authorizedNetworksConfig: z
            .looseObject({
              enabled: z.boolean().default(false),
              cidrBlocks: z.array(z.looseObject({ cidrBlock: z.string() })).default([]),
            })
            .optional(),
        })
        .optional(),
    })
    .optional(),
  fleet: z.looseObject({ membership: z.string().optional(), project: z.string().optional() }).optional(),
});
export type GkeDescription = Readonly<z.infer<typeof gkeDescriptionSchema>>;
