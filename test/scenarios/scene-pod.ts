import type { PodContainer, PodManifest, PodSpec } from '../../sandbox/cluster/api/pod.ts';

/** An image of the stand-in's default world with a whole userland. */
export const PROXY_IMAGE = 'registry.example/tools/proxy:1.9';

/** A pod with one container `app` in `payments`. */
export const scenePod = (
  name: string,
  container: Partial<PodContainer> = {},
  spec: Partial<PodSpec> = {},
): PodManifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'payments', labels: { app: name } },
  spec: { nodeName: 'node-a', ...spec, containers: [{ name: 'app', image: PROXY_IMAGE, ...container }] },
});
