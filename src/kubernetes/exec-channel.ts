/**
 * The first byte of each message. Source: KEP-4006 and Kubernetes' `remotecommand` constants. `close` exists on v5 only.
 * Channel 4 (resize) is never sent: without a terminal the server blocks on it.
 */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/** In this order: the server takes the first that it knows, and any v5 in the list leads to the v5 code. */
export const SUBPROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

export const protocolOf = (subprotocol: string): 'v5' | 'v4' | undefined =>
  subprotocol === SUBPROTOCOLS[0] ? 'v5' : subprotocol === SUBPROTOCOLS[1] ? 'v4' : undefined;
