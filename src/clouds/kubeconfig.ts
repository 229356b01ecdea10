import type { Cloud } from '../core/cloud.ts';
import { FileAccess } from './access/file-access.ts';
import { type KubeconfigFiles, kubeconfigFiles } from './kubeconfig/kubeconfig-files.ts';
import { kubeconfigOptionsSchema } from './kubeconfig/kubeconfig-options.ts';
import { readKubeconfigWay } from './kubeconfig/kubeconfig-way.ts';

/**
 * Any cluster that a kubeconfig file leads to, by token, token file or client certificate.
 * Source: the Kubernetes documentation, "Organizing Cluster Access Using kubeconfig Files".
 */
export const createKubeconfigCloud = (files: KubeconfigFiles): Cloud => ({
  provider: 'kubeconfig',
  access: {
    secretVariables: [],
    readOptions: (options) => kubeconfigOptionsSchema.parse(options),
    connect: async (options, context, signal) => {
      signal.throwIfAborted();
      const wanted = kubeconfigOptionsSchema.parse(options);
      const readWay = () => readKubeconfigWay(files, wanted, context);
      return new FileAccess({
        what: `The kubeconfig of cluster ${context.cluster}`,
        way: await readWay(),
        readWay,
        stamp: files.stamp,
      });
    },
    grants: (_options, { cluster }) => ({
      subject: { kind: 'User', name: `<whom the kubeconfig of ${cluster} authenticates>` },
      grants: [],
    }),
  },
});

export const kubeconfig: Cloud = createKubeconfigCloud(kubeconfigFiles);
