import type { NetworkPod } from '../network-pod.ts';

/** Whom a rule speaks of. Text of nft is made of it, so blocks have been checked before. */
export type Peer =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'pods'; readonly pods: readonly NetworkPod[] }
  | { readonly kind: 'block'; readonly block: string; readonly except: readonly string[] };

/** A protocol, with its destination ports when it names some. `name` is looked up in the pod that is connected to. */
export interface Port {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly at:
    | { readonly kind: 'all' }
    | { readonly kind: 'range'; readonly first: number; readonly last: number }
    | { readonly kind: 'name'; readonly name: string };
}

export type Direction = 'ingress' | 'egress';
