import { podTarget } from '../../core/target.ts';
import type { ExecuteContext } from '../../core/verb.ts';
import type { BeforeTheDeny } from './before-the-deny.ts';
import { runningContainer } from './planned-footholds.ts';

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const METHOD = {
  'before the deny': 'read in the pod’s network namespace before anything was cut',
  'after it': 'read in the pod’s network namespace after it was cut off by an earlier worker',
} as const;

/** `network/tcp`, `network/route` and so on: the pod's network as the kernel printed it. */
export const putCapture = async (
  { bundle, target }: ExecuteContext,
  { capture, taken }: BeforeTheDeny,
): Promise<void> => {
  const container = runningContainer(podTarget(target));
  const method = METHOD[taken];
  for (const { name, bytes } of capture.tables)
    await bundle.put(`network/${name}`, method, whole(bytes), container);
  for (const { name, why } of capture.missing) bundle.missing(`network/${name}`, method, why, container);
};
