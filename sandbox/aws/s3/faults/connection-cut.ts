/** The client is gone, or a fault cut it off: nobody is left to answer. */
export class ConnectionCut extends Error {}
