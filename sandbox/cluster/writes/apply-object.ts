import { type Answer, json, refusal } from '../api/answer.ts';
import type { KubeObject } from '../api/kube-object.ts';
import { apiVersionOf } from '../api/resource-kinds.ts';
import * as status from '../api/status.ts';
import { pathText } from './field-path.ts';
import type { Manager } from './managers.ts';
import { newObject } from './new-object.ts';
import { objectFrom } from './object-from.ts';
import { recordApplied } from './record-update.ts';
import { type ApplyConflict, serverSideApply } from './server-side-apply.ts';
import { checkFields } from './unknown-fields.ts';
import { updateObject } from './update-object.ts';
import type { WriteContext } from './write-context.ts';
import type { WriteOptions } from './write-options.ts';

export interface ApplyRequest {
  readonly context: WriteContext;
  readonly options: WriteOptions;
  readonly read: { readonly value: unknown } | undefined;
  readonly mayCreate: () => Answer | undefined;
}

const managerText = ({ manager, operation, apiVersion, subresource }: Manager): string => {
  const named = `${JSON.stringify(manager)}${subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`}`;
  return operation === 'Update' ? `${named} using ${apiVersion}` : named;
};

function conflictMessage(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${managerText(first.with)}: ${pathText(first.path)}`;
  const byManager = Map.groupBy(conflicts, (one) => managerText(one.with));
  const lines = [...byManager]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([manager, all]) => [
      `conflicts with ${manager}:`,
      ...all.map(({ path }) => `- ${pathText(path)}`),
    ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

const conflictCauses = (conflicts: readonly ApplyConflict[]) =>
  conflicts.map((one) => ({
    ...{ reason: 'FieldManagerConflict', field: pathText(one.path) },
    message: `conflict with ${managerText(one.with)}`,
  }));

const isConflicts = (result: KubeObject | readonly ApplyConflict[]): result is readonly ApplyConflict[] =>
  Array.isArray(result);

/** PATCH by server-side apply: merges with what is there, or creates it. */
export function applyObject({ context, options, read, mayCreate }: ApplyRequest): Answer {
  const { store, target, resource, now } = context;
  if (read === undefined) return refusal(status.badRequest('error decoding YAML: the body is none'));
  const config = objectFrom(read.value);
  if (config?.kind !== resource.kind || config.apiVersion !== apiVersionOf(resource))
    return refusal(status.badRequest(`the body is no ${resource.kind} of ${apiVersionOf(resource)}`));
  if (config.metadata.managedFields !== undefined)
    return refusal(status.badRequest('metadata.managedFields must be nil'));
  const checked = checkFields(read.value, 'Strict');
  if (typeof checked === 'string') return refusal(status.notInSchema(target, checked));
  const live = store.get(target);
  if (live === undefined) {
    const { name, uid } = config.metadata;
    if (uid !== undefined)
      return refusal(
        status.conflictBecause(
          target,
          `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
        ),
      );
    const refused = mayCreate();
    if (refused !== undefined) return refused;
    const made = newObject(context, {
      ...config,
      metadata: { ...config.metadata, name: name || target.name },
    });
    if ('refused' in made) return made.refused;
    const admitted = context.creation.admit(made.object);
    if ('refused' in admitted) return admitted.refused;
    const { status: given } = admitted.object;
    const applied = recordApplied(made.object, options.manager, now).metadata.managedFields;
    const metadata = {
      ...admitted.object.metadata,
      ...(applied === undefined ? {} : { managedFields: applied }),
    };
    const owned = { ...admitted.object, metadata, ...(given === undefined ? {} : { status: given }) };
    return json(options.dryRun ? owned : context.creation.keep(owned), 201);
  }
  const result = serverSideApply({
    ...{ live, config, now, manager: options.manager },
    conflicts: options.force ? 'are overridden' : 'are refused',
  });
  if (isConflicts(result))
    return refusal(status.applyConflict(conflictMessage(result), conflictCauses(result)));
  return updateObject({ context, options, before: live, proposed: result, record: (_old, after) => after });
}
