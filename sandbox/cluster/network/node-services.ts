import type { Socket } from 'node:net';

/** Whom the node's own addresses lead to. */
export interface NodeServices {
  /** Takes a connection to the API server's Service. */
  readonly acceptApi: (socket: Socket) => void;
  readonly kubeletCertificate: { readonly certPem: string; readonly keyPem: string };
}
