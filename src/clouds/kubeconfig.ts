import type { Cloud } from '../core/cloud.ts';
import { KubeconfigAccess } from './kubeconfig-access.ts';
import { type KubeconfigFiles, kubeconfigFiles } from './kubeconfig-files.ts';
import { kubeconfigOptionsSchema } from './kubeconfig-options.ts';
import { readKubeconfigWay } from './kubeconfig-way.ts';

/**
 * Any cluster that a kubeconfig file leads to, by token, token file or client certificate.
 * Source: the Kubernetes documentation, "Organizing Cluster Access Using kubeconfig Files".
 */
export const createKubeconfigCloud = (files: KubeconfigFiles): Cloud => ({
  provider: 'kubeconfig',
  readOptions: (options) => kubeconfigOptionsSchema.parse(options),
  connect: async (options, context, signal) => {
    signal.throwIfAborted();
    const wanted = kubeconfigOptionsSchema.parse(options);
    const read = () => readKubeconfigWay(files, wanted, context);
    return new KubeconfigAccess(context.cluster, files, await read(), read);
  },
});

export const kubeconfig: Cloud = createKubeconfigCloud(kubeconfigFiles);
