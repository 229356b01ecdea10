/**
 * The few names of `@kubernetes/client-node` 2.0 that the benchmarks use, so that the types of the whole tree can be
 * checked without installing it.
 */
declare module '@kubernetes/client-node' {
  import type { Readable, Writable } from 'node:stream';

  export class KubeConfig {
    loadFromFile(path: string): void;
    makeApiClient(api: typeof CoreV1Api): CoreV1Api;
  }
  export class CoreV1Api {
    readNamespacedPod(pod: { readonly name: string; readonly namespace: string }): Promise<{
      readonly spec?: { readonly containers: readonly { readonly name: string }[] };
    }>;
  }
  export class Exec {
    constructor(config: KubeConfig);
    exec(
      namespace: string,
      pod: string,
      container: string,
      command: readonly string[],
      stdout: Writable | null,
      stderr: Writable | null,
      stdin: Readable | null,
      tty: boolean,
      statusCallback: (status: { readonly status?: string }) => void,
    ): Promise<unknown>;
  }
}
