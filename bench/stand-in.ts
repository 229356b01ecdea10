import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { BareTarget } from './bare-contender.ts';

const readySchema = z.object({
  url: z.string(),
  caPem: z.string(),
  token: z.string(),
  kubeconfig: z.string(),
  /** Why exec has no processes here; empty when it has. */
  withoutProcesses: z.string(),
});

export interface StandIn {
  readonly target: BareTarget;
  readonly kubeconfigPath: string;
  readonly withoutProcesses: string;
  readonly close: () => Promise<void>;
}

/** Starts the stand-in cluster and writes its kubeconfig into a folder that `close` removes. */
export const startStandIn = async (): Promise<StandIn> => {
  const child = fork(new URL('stand-in-process.ts', import.meta.url));
  const early = once(child, 'exit').then(([code]) => {
    throw new Error(`the stand-in cluster ended with ${String(code)} before it was ready`);
  });
  const ready = readySchema.parse((await Promise.race([once(child, 'message'), early]))[0]);
  early.catch(() => undefined);
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  const kubeconfigPath = join(folder, 'config');
  writeFileSync(kubeconfigPath, ready.kubeconfig, { mode: 0o600 });
  return {
    target: ready,
    kubeconfigPath,
    withoutProcesses: ready.withoutProcesses,
    close: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
