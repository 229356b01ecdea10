import { type Answer, json, nothingHere } from './answer.ts';
import { apiVersionOf, RESOURCE_KINDS, type ResourceKind } from './resource-kinds.ts';

const folderOf = ({ group, version }: ResourceKind): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`;

const pathOf = (one: ResourceKind): string =>
  `/${folderOf(one)}/${one.scope === 'namespace' ? 'namespaces/{namespace}/' : ''}${one.resource}/{name}`;

const PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
  ...{ name, in: 'query', schema: { type: 'string', uniqueItems: true } },
}));

const patchOf = (one: ResourceKind) => ({
  'x-kubernetes-group-version-kind': { group: one.group, version: one.version, kind: one.kind },
  'x-kubernetes-action': 'patch',
  parameters: PARAMETERS,
  responses: { '200': { description: 'OK' } },
});

/**
 * OpenAPI v3: the list of documents, and of each as much as kubectl asks before it leaves the check of fields to the
 * server: that PATCH takes `fieldValidation`. There are no schemas in them.
 */
export function answerOpenApi(parts: readonly string[], absentGroups: readonly string[]): Answer {
  if (parts[0] !== 'v3') return nothingHere();
  const folder = parts.slice(1).join('/');
  const served = RESOURCE_KINDS.filter(({ group }) => !absentGroups.includes(group));
  if (folder === '') {
    const folders = [...new Set(served.map(folderOf))];
    const entries = folders.map((one) => [one, { serverRelativeURL: `/openapi/v3/${one}` }]);
    return json({ paths: Object.fromEntries(entries) });
  }
  const kinds = served.filter((one) => folderOf(one) === folder);
  const [first] = kinds;
  if (first === undefined) return nothingHere();
  const patched = kinds.filter(({ verbs }) => verbs.includes('patch'));
  return json({
    ...{ openapi: '3.0.0', info: { title: apiVersionOf(first), version: 'v1.36.2' } },
    paths: Object.fromEntries(patched.map((one) => [pathOf(one), { patch: patchOf(one) }])),
    components: { schemas: {} },
  });
}
