import { dirname } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { containersBenchmark, type KubectlWay } from './cloud-containers-benchmark.ts';
import { isInstalled } from './is-installed.ts';

/** As `gcloud container clusters get-credentials` writes it: the plugin asks gcloud for a token. */
const way = (name: string): KubectlWay => ({
  name,
  needs: [['gke-gcloud-auth-plugin', '--version']],
  user: () => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'gke-gcloud-auth-plugin',
      interactiveMode: 'Never',
      provideClusterInfo: true,
    },
  }),
  // Its files go below the home folder: nobody's own are touched.
  variables: ({ variables }) => ({
    ...variables,
    HOME: dirname(variables['GOOGLE_APPLICATION_CREDENTIALS'] ?? ''),
    KUBECONFIG: '',
  }),
});

const first = containersBenchmark({
  title: 'The containers of a pod by GKE, beside kubectl whose plugin has no token yet',
  module: new URL('play-gke.ts', import.meta.url),
  kubectl: way('kubectl + gcloud'),
});

const later = containersBenchmark({
  title: 'The containers of a pod by GKE, beside kubectl whose plugin kept its token in a file',
  module: new URL('play-gke-kept.ts', import.meta.url),
  kubectl: way('kubectl + kept token'),
});

/** Unlike other clouds' plugins, GKE's keeps its token: both are shown, the first call of an hour and the later ones. */
export const gkeContainersBenchmark: Benchmark = async (print) => {
  // Asked once: gcloud writes into its folder even to say its version, and that of the first one is gone by the second.
  if (!(await isInstalled('gcloud', ['--version']))) {
    print('The containers of a pod by GKE: left out, gcloud is not installed here.');
    return;
  }
  await first(print);
  await later(print);
};
