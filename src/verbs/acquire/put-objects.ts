import type { ExecuteContext } from '../../core/verb.ts';
import { redactPod } from '../redact-pod.ts';
import { presentTarget } from './present-target.ts';
import { type Shortfall, shortfallOf } from './shortfall.ts';

async function* json(value: unknown): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** `pod.json` without secret values, and `events.json`. */
export const putObjects = async (context: ExecuteContext): Promise<readonly Shortfall[]> => {
  const { cluster, target, bundle, signal } = context;
  const { namespace, name, uid } = target;
  const { raw } = await presentTarget(context);
  await bundle.put(
    'pod.json',
    `GET pods/${name}`,
    json(redactPod(raw, (secret) => bundle.keyedHash(secret))),
  );
  const method = `LIST events of ${uid}`;
  try {
    const query = { fieldSelector: `involvedObject.uid=${uid}` };
    const path = { group: '', version: 'v1', resource: 'events', namespace };
    const items = await cluster.list(path, query, signal);
    await bundle.put('events.json', method, json({ apiVersion: 'v1', kind: 'EventList', items }));
    return [];
  } catch (thrown) {
    signal.throwIfAborted();
    const shortfall = shortfallOf('events.json', thrown);
    bundle.missing('events.json', method, shortfall.why);
    return [shortfall];
  }
};
