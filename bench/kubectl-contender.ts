import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CONTAINER, type Contender, expectEqual, NAMESPACE, POD, streamCommand } from './contender.ts';

const kubectl = async (args: readonly string[]): Promise<number> => {
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const [code] = await once(child, 'close');
  expectEqual('exit code of kubectl', code, 0);
  return bytes;
};

/** kubectl, one process for each request, as a script uses it. Undefined where it is not installed. */
export const kubectlContender = async (path: string): Promise<Contender | undefined> => {
  try {
    await kubectl(['version', '--client', '--output=json']);
  } catch {
    return undefined;
  }
  const to = [`--kubeconfig=${path}`, `--namespace=${NAMESPACE}`];
  const exec = (command: readonly string[]): Promise<number> =>
    kubectl([...to, 'exec', POD, `--container=${CONTAINER}`, '--', ...command]);
  return {
    name: 'kubectl',
    containersOfPod: async () => {
      const names = await kubectl([...to, 'get', 'pod', POD, '--output=jsonpath={.spec.containers[*].name}']);
      expectEqual('containers', names > 0, true);
    },
    execRoundTrip: async () => expectEqual('bytes', await exec(['true']), 0),
    stream: async (bytes) => expectEqual('bytes', await exec(streamCommand(bytes)), bytes),
    close: () => undefined,
  };
};
