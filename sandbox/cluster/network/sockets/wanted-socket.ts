/** A socket to open in another network namespace. */
export interface WantedSocket {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}
