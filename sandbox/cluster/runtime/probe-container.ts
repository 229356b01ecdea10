import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startContainer } from './container.ts';
import { ContainerLog } from './container-log.ts';
import { writeImageLayer } from './image-layer.ts';
import type { Machine } from './machine.ts';
import { startPodSandbox } from './pod-sandbox.ts';

/** Starts one whole container and waits for its end. Rejects where this machine does not allow what that takes. */
export async function probeContainer(machine: Machine): Promise<void> {
  const image = { userland: 'host', entrypoint: ['sh', '-c', 'test -r /proc/1/stat && exit 42'] } as const;
  const folder = join(machine.folder, 'images/probe');
  mkdirSync(folder, { recursive: true });
  const layer = writeImageLayer(folder, image, machine.tools);
  const sandbox = await startPodSandbox(machine, 'probe', 'probe', '10.244.0.2');
  try {
    const spec = {
      ...{
        name: 'probe',
        image,
        command: image.entrypoint,
        env: {},
        workingDir: '/',
        uid: 0,
        gid: 0,
        mounts: [],
      },
      memory: { limitBytes: undefined, usedBytes: 0 },
    };
    const container = await startContainer(machine, sandbox, 'probe', spec, layer, new ContainerLog());
    const { exitCode } = await container.exited;
    if (exitCode !== 42) throw new Error(`a first container ended with ${exitCode}`);
  } finally {
    await sandbox.stop();
  }
}
