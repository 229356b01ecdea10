import { kubeloginArgs, kubeloginVariables } from './aks-kubelogin.ts';
import type { Benchmark } from './benchmark.ts';
import { containersBenchmark } from './cloud-containers-benchmark.ts';
import { isInstalled } from './is-installed.ts';
import { AKS_BENCH_TOKEN } from './play-aks.ts';

const module = new URL('play-aks.ts', import.meta.url);

const besideKubelogin = containersBenchmark({
  title: 'The containers of a pod by AKS',
  module,
  kubectl: {
    name: 'kubectl + kubelogin',
    needs: [['kubelogin', '--version']],
    user: (cloud) => ({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        command: 'kubelogin',
        args: kubeloginArgs(cloud),
        interactiveMode: 'Never',
        provideClusterInfo: false,
      },
    }),
    variables: kubeloginVariables,
  },
});

/** The plugin's own time is missing from kubectl's here, so that Firebreak looks worse than it is. */
const besidePlainKubectl = containersBenchmark({
  title:
    'The containers of a pod by AKS, beside kubectl that was given a token: kubelogin is not installed here',
  module,
  kubectl: {
    name: 'kubectl, no plugin',
    needs: [],
    user: ({ variables }) => ({ token: variables[AKS_BENCH_TOKEN] }),
    variables: ({ variables }) => variables,
  },
});

/** The containers of a pod by AKS, Firebreak's first request and its later ones beside kubectl. */
export const aksContainersBenchmark: Benchmark = async (print) =>
  (await isInstalled('kubelogin', ['--version'])) ? besideKubelogin(print) : besidePlainKubectl(print);
