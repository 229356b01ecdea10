import type { Answer } from './answer.ts';
import type { Read } from './answer-read.ts';
import type { StoreEvent } from './object-store.ts';
import { fieldSelector, labelSelector } from './selectors.ts';
import { asTable } from './table.ts';

const MS = 1_000;

/**
 * GET with `watch`: what happens to a collection after a resourceVersion, one JSON document a line; without one, first
 * what is there. Source: Kubernetes API Concepts, "Efficient detection of changes".
 */
export function answerWatch({ store, target, resource, query, accept }: Read): Answer {
  const byLabel = labelSelector(query.get('labelSelector') ?? '');
  const byField = fieldSelector(query.get('fieldSelector') ?? '');
  const namespace = resource.scope === 'cluster' ? '' : target.namespace;
  const isAsked = ({ key, object }: StoreEvent) =>
    key.group === target.group &&
    key.resource === target.resource &&
    (namespace === '' || key.namespace === namespace) &&
    byLabel(object) &&
    byField(object);
  const shown = (object: StoreEvent['object']) =>
    accept.includes('as=Table') ? asTable(resource, [object], {}) : object;
  const from = query.get('resourceVersion') ?? '';
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  return {
    kind: 'stream',
    type: 'application/json',
    start: (write, end) => {
      const tell = (type: string, object: StoreEvent['object']) =>
        write(`${JSON.stringify({ type, object: shown(object) })}\n`);
      const isFromNow = from === '' || from === '0';
      if (isFromNow)
        for (const object of store.list(target.group, target.resource, namespace))
          if (byLabel(object) && byField(object)) tell('ADDED', object);
      const after = Number(isFromNow ? store.resourceVersion : from);
      const stop = store.watch(after, (event) => {
        if (isAsked(event)) tell(event.type, event.object);
      });
      const timer = seconds > 0 ? setTimeout(end, seconds * MS) : undefined;
      return () => {
        clearTimeout(timer);
        stop();
      };
    },
  };
}
