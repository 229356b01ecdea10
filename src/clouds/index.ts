import type { Cloud } from '../core/cloud.ts';
import { aks } from './aks.ts';
import { eks } from './eks.ts';
import { gke } from './gke.ts';
import { inCluster } from './in-cluster.ts';
import { kubeconfig } from './kubeconfig.ts';

/** The providers that this version can reach. A new one is a file beside this, a line here, and the contract suite. */
export const clouds: readonly Cloud[] = [aks, eks, gke, inCluster, kubeconfig];
