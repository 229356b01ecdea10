export const ENFORCEMENTS = ['none', 'networkpolicy'] as const;
export const CONNECTIONS = ['kept', 'cut'] as const;

/** How the pod network treats policies. */
export interface NetworkMode {
  /** `none` accepts policies and heeds no one of them, as a cluster without a network plugin for it does. */
  readonly enforcement: (typeof ENFORCEMENTS)[number];
  /**
   * What a new policy does to an open connection that it forbids. `kept`: what was once let through stays, as Calico
   * has it (projectcalico/calico#6399). `cut`: each packet of the side that opened it is judged again, and only the
   * answers are not, as Cilium has it (cilium/cilium#2700).
   */
  readonly connections: (typeof CONNECTIONS)[number];
}

/** How a cluster's pod network starts. */
export interface NetworkOptions extends NetworkMode {
  /** Whether AdminNetworkPolicy is among its resources, as where a plugin has installed it. It is when left out. */
  readonly denyApi?: 'AdminNetworkPolicy' | 'none';
}
