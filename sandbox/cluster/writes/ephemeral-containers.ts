import { isDeepStrictEqual } from 'node:util';
import type { Answer } from '../api/answer.ts';
import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { duplicate, type FieldError, forbiddenValue, notFoundValue, required } from './field-error.ts';
import { asMap, type JsonMap, mapsIn } from './json-tree.ts';
import type { UpdateStrategy } from './write-context.ts';

const PATH = 'spec.ephemeralContainers';
const FORBIDDEN_FIELDS = [
  ...['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resources', 'resizePolicy'],
  ...['restartPolicy', 'restartPolicyRules'],
];
const NOT_FOR_EPHEMERAL = 'cannot be set for an Ephemeral Container';

const listIn = (pod: KubeObject, field: string): readonly JsonMap[] => mapsIn(asMap(pod['spec'])?.[field]);
const ephemeralOf = (pod: KubeObject) => listIn(pod, 'ephemeralContainers');

const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== '' &&
  (typeof value !== 'object' || Object.keys(value).length > 0);

/** An image without a tag, or with `latest`, is pulled each time. Source: pkg/apis/core/v1/defaults.go. */
const pullPolicy = (image: string): string =>
  image.endsWith(':latest') || !/[:@][^/]*$/.test(image) ? 'Always' : 'IfNotPresent';

const withDefaults = (container: JsonMap): JsonMap => ({
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: pullPolicy(fieldOf(container, 'image')),
  ...container,
});

function limit(before: KubeObject, proposed: KubeObject): KubeObject {
  const { ephemeralContainers: _before, ...spec } = asMap(before['spec']) ?? {};
  const containers = ephemeralOf(proposed).map(withDefaults);
  const { name, namespace, uid, managedFields } = proposed.metadata;
  const given = {
    ...{ name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) },
    ...(managedFields === undefined ? {} : { managedFields }),
  };
  return {
    ...before,
    metadata: { ...before.metadata, ...given },
    spec: { ...spec, ...(containers.length === 0 ? {} : { ephemeralContainers: containers }) },
  };
}

function containerErrors(pod: KubeObject, container: JsonMap, index: number): readonly FieldError[] {
  const at = (field: string) => `${PATH}[${index}].${field}`;
  const target = fieldOf(container, 'targetContainerName');
  const targets = [...listIn(pod, 'containers'), ...listIn(pod, 'initContainers')].map((one) => one['name']);
  const others = [
    ...targets,
    ...ephemeralOf(pod)
      .slice(0, index)
      .map((one) => one['name']),
  ];
  const mounts = mapsIn(container['volumeMounts']);
  return [
    ...(isSet(container['name']) ? [] : [required(at('name'))]),
    ...(others.includes(container['name']) ? [duplicate(at('name'), container['name'])] : []),
    ...(isSet(container['image']) ? [] : [required(at('image'))]),
    ...(target === '' || targets.includes(target) ? [] : [notFoundValue(at('targetContainerName'), target)]),
    ...FORBIDDEN_FIELDS.filter((field) => isSet(container[field])).map((field) =>
      forbiddenValue(at(field), NOT_FOR_EPHEMERAL),
    ),
    ...mounts.flatMap((mount, number) =>
      ['subPath', 'subPathExpr']
        .filter((field) => isSet(mount[field]))
        .map((field) => forbiddenValue(at(`volumeMounts[${number}].${field}`), NOT_FOR_EPHEMERAL)),
    ),
  ];
}

/** Source: pkg/apis/core/validation/validation.go, ValidatePodEphemeralContainersUpdate. A change is told without its diff. */
function errors(before: KubeObject, after: KubeObject): readonly FieldError[] {
  const now = ephemeralOf(after);
  const lost = ephemeralOf(before).flatMap((old) => {
    const same = now.find((one) => one['name'] === old['name']);
    if (isDeepStrictEqual(same, old)) return [];
    const what = same === undefined ? 'removed' : 'changed';
    const why = `existing ephemeral containers ${JSON.stringify(old['name'])} may not be ${what}\n`;
    return [forbiddenValue(PATH, why)];
  });
  return [...now.flatMap((one, index) => containerErrors(after, one, index)), ...lost];
}

/** How `pods/<name>/ephemeralcontainers` updates a pod: additions alone; whatever else is asked is dropped. */
export const ephemeralContainersStrategy = (
  admit: (pod: KubeObject) => Answer | undefined,
): UpdateStrategy => ({ limit, errors, admit });
