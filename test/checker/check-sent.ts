import { canonicalJson } from './canonical-json.ts';
import type { Intent } from './check-changes.ts';
import { type LoggedWrite, leafOf, sameLeaf } from './write-log.ts';
import { contains, ephemeralIn, isEphemeral, isWhole } from './written-kinds.ts';

/** A creation is bound by its name alone; whatever else is sent, to one state of one object. */
export const boundProblems = (
  { method, uid, resourceVersion }: LoggedWrite,
  { change }: Intent,
): readonly string[] => {
  if (method === 'POST') return [];
  const expected = method === 'DELETE' ? change.made_uid : change.uid;
  return uid !== undefined && uid === expected && resourceVersion === change.resource_version
    ? []
    : ['is not bound to the UID and resourceVersion of its intent'];
};

const bodyOf = (text: unknown): unknown => (typeof text === 'string' ? JSON.parse(text) : undefined);

/** What a request holds is what was approved, to the letter. */
export const bodyProblems = (
  { method, body, wanted, uid, resourceVersion }: LoggedWrite,
  { approved }: Intent,
): readonly string[] => {
  const fields = approved?.fields ?? [];
  const whole = fields.find(({ path }) => isWhole(path));
  if (method === 'POST')
    return canonicalJson(bodyOf(whole?.after) ?? null) === body ? [] : ['creates what was not approved'];
  if (method === 'DELETE')
    return whole !== undefined && whole.after === null ? [] : ['deletes what was not approved'];
  const added = fields.filter(({ path }) => isEphemeral(path));
  if (added.length > 0) {
    const metadata = { uid, resourceVersion };
    const ephemeralContainers = added.map(({ after }) => bodyOf(after));
    return canonicalJson({ metadata, spec: { ephemeralContainers } }) === body
      ? []
      : ['adds what was not approved'];
  }
  return wanted
    .filter(
      ({ path, after }) =>
        !fields.some((field) => field.path.join('\0') === path.join('\0') && sameLeaf(field.after, after)),
    )
    .map(({ path }) => `sets ${path.join('.')}, which was not approved`);
};

/** What stood there before a write that was carried out, and what stands there after it, is what the ledger says. */
export const effectProblems = (
  { done, method }: LoggedWrite,
  intents: readonly Intent[],
): readonly string[] => {
  if (done === undefined) return [];
  return intents.flatMap(({ change }) =>
    change.fields.flatMap(({ path, before, after }): readonly string[] => {
      const other = [`found ${path.join('.')} other than the pre-image of change ${change.id} says`];
      if (method === 'POST')
        return contains(done.after, bodyOf(after)) || change.state === 'unknown'
          ? []
          : [`left something else than change ${change.id} says`];
      if (isWhole(path)) return contains(done.before, bodyOf(before)) ? [] : other;
      if (isEphemeral(path)) return ephemeralIn(done.before, path) === undefined ? [] : other;
      return sameLeaf(leafOf(done.before, path), before) ? [] : other;
    }),
  );
};
