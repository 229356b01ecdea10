export const NAMESPACE = 'payments';
export const POD = 'multi';
export const CONTAINER = 'app';

/** One way to do the same three things on the same cluster. Each throws when the result is not right. */
export interface Contender {
  readonly name: string;
  readonly containersOfPod: () => Promise<void>;
  readonly execRoundTrip: () => Promise<void>;
  readonly stream: (bytes: number) => Promise<void>;
  readonly close: () => void;
}

export type Task = 'containersOfPod' | 'execRoundTrip' | 'stream';

export const streamCommand = (bytes: number): readonly string[] => ['head', '-c', String(bytes), '/dev/zero'];

export const expectEqual = (what: string, got: unknown, wanted: unknown): void => {
  if (got !== wanted) throw new Error(`${what}: got ${String(got)}, wanted ${String(wanted)}`);
};
