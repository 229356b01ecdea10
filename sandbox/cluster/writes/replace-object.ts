import { type Answer, refusal, withWarnings } from '../api/answer.ts';
import * as status from '../api/status.ts';
import { objectInBody } from './create-object.ts';
import { recordUpdate } from './record-update.ts';
import { updateObject } from './update-object.ts';
import type { WriteContext } from './write-context.ts';
import { writeOptions } from './write-options.ts';

/** PUT of one object that exists. A uid in it is a precondition; without a resourceVersion the last one wins. */
export function replaceObject(context: WriteContext): Answer {
  const { store, target, query, userAgent, now } = context;
  const options = writeOptions({ query, userAgent, patch: 'no patch' });
  if ('length' in options) return refusal(status.invalidOptions('UpdateOptions', options));
  const read = objectInBody(context, options);
  if ('refused' in read) return read.refused;
  const before = store.get(target);
  if (before === undefined) return refusal(status.notFound(target));
  const { uid } = read.object.metadata;
  if (uid !== undefined && uid !== before.metadata.uid) {
    const where = `/registry/${[target.resource, target.namespace, target.name].filter(Boolean).join('/')}`;
    return refusal(
      status.conflictBecause(
        target,
        `StorageError: invalid object, Code: 4, Key: ${where}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`,
      ),
    );
  }
  const answer = updateObject({
    ...{ context, options, before, proposed: read.object },
    record: (old, after) => recordUpdate(old, after, options.manager, now, target.subresource),
  });
  return withWarnings(answer, read.warnings);
}
