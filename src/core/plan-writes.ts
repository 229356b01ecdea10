import type { FieldChange, ObjectRef, Write } from './change.ts';
import { madeUid } from './change.ts';
import type { HeldChange } from './held-fields.ts';
import { CASE_LABEL, isMark, pathKey, RUN_ANNOTATION } from './marks.ts';
import { merged, mergePatch } from './merge-patch.ts';
import { planWrite } from './plan-write.ts';
import { partOf } from './run-part.ts';
import { ephemeralPath, OBJECT_PATH } from './structure.ts';
import type { RunNames, WantedWrite } from './verb.ts';

export interface WrittenObject {
  readonly object: ObjectRef;
  /** As the API server sent it. */
  readonly raw: unknown;
  /** What Firebreak did to it so far, oldest first. */
  readonly history: readonly HeldChange[];
}

export interface WantedWrites extends RunNames {
  readonly wanted: readonly WantedWrite[];
  readonly target: WrittenObject;
  /** Of each other object whose fields are to be set. */
  readonly histories: ReadonlyMap<string, readonly HeldChange[]>;
  readonly verb: string;
  readonly cluster: string;
}

const tree = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** A manifest under the name by which the ledger knows it, with the marks of the run that makes it. */
const marked = (
  { body, namespace, name }: Extract<WantedWrite, { readonly action: 'make' }>,
  names: RunNames,
): Readonly<Record<string, unknown>> => {
  const metadata = tree(body['metadata']);
  return {
    ...body,
    metadata: {
      ...metadata,
      name,
      ...(namespace === '' ? {} : { namespace }),
      labels: { ...tree(metadata['labels']), [CASE_LABEL]: names.case },
      annotations: { ...tree(metadata['annotations']), [RUN_ANNOTATION]: names.run },
    },
  };
};

/** Marks that an earlier part of the run writes on the same object, which this one has to write where that part has failed. */
const marksOfOthers = (
  earlier: readonly (FieldChange & { readonly part: string })[],
  fields: readonly FieldChange[],
  part: string,
): readonly FieldChange[] => {
  const own = new Set(fields.map(({ path }) => pathKey(path)));
  const newest = new Map(earlier.map((mark) => [pathKey(mark.path), mark]));
  return [...newest.values()]
    .filter((mark) => mark.part !== part && !own.has(pathKey(mark.path)))
    .map(({ path, before, after }) => ({ path, before, after }));
};

/**
 * The writes of a run, in their order. Each finds what the earlier ones leave. One that would change nothing is left out.
 */
export const planWrites = ({ wanted, target, histories, ...names }: WantedWrites): readonly Write[] => {
  const objects = new Map<string, WrittenObject>([[target.object.uid, target]]);
  const marks = new Map<string, readonly (FieldChange & { readonly part: string })[]>();
  /** The texts of what this plan makes: whoever takes it away again need not know them. */
  const made = new Map<string, string>();
  const writesOf = (write: WantedWrite): readonly Write[] => {
    const step = write.step === '' ? {} : { step: write.step };
    switch (write.action) {
      case 'make': {
        const { kind, namespace, name } = write;
        const object = { kind, namespace, name, uid: madeUid({ kind, namespace, name }) };
        const after = JSON.stringify(marked(write, names));
        made.set(object.uid, after);
        return [{ object, ...step, fields: [{ path: OBJECT_PATH, before: null, after }] }];
      }
      case 'take away': {
        const { object } = write;
        const before = made.get(object.uid) ?? write.text;
        return [{ object, ...step, fields: [{ path: OBJECT_PATH, before, after: null }] }];
      }
      case 'add container': {
        const path = ephemeralPath(write.container.name);
        const field = { path, before: null, after: JSON.stringify(write.container) };
        return [{ object: target.object, ...step, fields: [field] }];
      }
      case 'set': {
        const object = write.object ?? target.object;
        const known = objects.get(object.uid) ?? {
          object,
          raw: write.raw,
          history: histories.get(object.uid) ?? [],
        };
        const planned = planWrite({ ...known, ...names, fields: write.fields });
        if (planned === undefined) return [];
        objects.set(object.uid, {
          object,
          raw: merged(known.raw, mergePatch(planned.fields, 'after')),
          history: [...known.history, { ...planned, ...names, state: 'applied' }],
        });
        const part = partOf(write.step);
        const earlier = marks.get(object.uid) ?? [];
        const fields = [...planned.fields, ...marksOfOthers(earlier, planned.fields, part)];
        marks.set(object.uid, [...earlier, ...fields.filter(isMark).map((mark) => ({ ...mark, part }))]);
        return [{ object, fields, ...step }];
      }
    }
  };
  return wanted.flatMap((write) => writesOf(write));
};
