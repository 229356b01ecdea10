import './require-node.mjs';

const HOW = `The acceptance suite needs a cluster of its own: it creates and deletes namespaces in it.
Name its kubeconfig in TEST_KUBECONFIG. With kind (https://kind.sigs.k8s.io) one is made by

  kind create cluster --name firebreak --kubeconfig ./kind.kubeconfig
  TEST_KUBECONFIG=./kind.kubeconfig npm run test:cluster
  kind delete cluster --name firebreak

docs/test-cluster.md has every variable, and how to use a pod that is there already.
`;

if (process.env.TEST_KUBECONFIG) {
  const config = ['--config', 'vitest.cluster.config.ts'];
  void import('./vitest.mjs').then(({ vitest }) => vitest([...config, ...process.argv.slice(2)]));
} else {
  process.stderr.write(HOW);
  process.exitCode = 1;
}
