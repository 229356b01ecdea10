/** The providers of the contract. What this version can reach is the registry in `src/clouds`. */
export const PROVIDERS = ['eks', 'gke', 'aks', 'kubeconfig', 'in-cluster'] as const;
export type Provider = (typeof PROVIDERS)[number];
