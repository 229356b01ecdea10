import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

const readySchema = z.object({
  /** Of the cluster. */
  url: z.string(),
  caPem: z.string(),
  /** The provider and its keys, as in `firebreak.yml`. */
  keys: z.looseObject({ provider: z.string() }),
  /** What leads a client to the stand-in. */
  variables: z.record(z.string(), z.string()),
});
export type BenchCloud = z.infer<typeof readySchema>;

export interface StartedCloud extends AsyncDisposable {
  readonly cloud: BenchCloud;
}

/** Starts the cloud that `play` of this module plays, with a cluster. `folder` is for its files. */
export const startCloud = async (module: URL, folder: string): Promise<StartedCloud> => {
  const child = fork(new URL('cloud-process.ts', import.meta.url), [module.href, folder]);
  const early = once(child, 'exit').then(([code]) => {
    throw new Error(`the stand-in of ${module.pathname} ended with ${String(code)} before it was ready`);
  });
  const cloud = readySchema.parse((await Promise.race([once(child, 'message'), early]))[0]);
  early.catch(() => undefined);
  return {
    cloud,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
};
