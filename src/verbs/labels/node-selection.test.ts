import { expect, test } from 'vitest';
import { mayRunOn, placementSchema } from './node-selection.ts';

const node = { name: 'node-a', labels: { disk: 'ssd', cores: '8' } };

const expression = (key: string, operator: string, ...values: readonly string[]) => ({
  key,
  operator,
  values,
});
const terms = (...nodeSelectorTerms: readonly object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const by = (...matchExpressions: readonly object[]) => terms({ matchExpressions });

test.each([
  ['nothing', {}, true],
  ['its nodeSelector', { nodeSelector: { disk: 'ssd' } }, true],
  ['a nodeSelector of another value', { nodeSelector: { disk: 'hdd' } }, false],
  ['a nodeSelector of another key', { nodeSelector: { disk: 'ssd', zone: 'a' } }, false],
  ['In with the value', by(expression('disk', 'In', 'hdd', 'ssd')), true],
  ['In without the value', by(expression('disk', 'In', 'hdd')), false],
  ['In of a key that is not there', by(expression('zone', 'In', 'a')), false],
  ['NotIn with the value', by(expression('disk', 'NotIn', 'ssd')), false],
  ['NotIn of a key that is not there', by(expression('zone', 'NotIn', 'a')), true],
  ['Exists', by(expression('disk', 'Exists')), true],
  ['Exists of a key that is not there', by(expression('zone', 'Exists')), false],
  ['DoesNotExist', by(expression('disk', 'DoesNotExist')), false],
  ['DoesNotExist of a key that is not there', by(expression('zone', 'DoesNotExist')), true],
  ['Gt of a smaller number', by(expression('cores', 'Gt', '4')), true],
  ['Gt of the same number', by(expression('cores', 'Gt', '8')), false],
  ['Gt of what is no number', by(expression('disk', 'Gt', '4')), false],
  ['Lt of a larger number', by(expression('cores', 'Lt', '16')), true],
  ['Lt of a key that is not there', by(expression('zone', 'Lt', '16')), false],
  ['all expressions of a term', by(expression('disk', 'Exists'), expression('zone', 'Exists')), false],
  [
    'one of several terms',
    terms(
      { matchExpressions: [expression('zone', 'Exists')] },
      { matchExpressions: [expression('disk', 'Exists')] },
    ),
    true,
  ],
  ['an empty term', terms({}), false],
  ['the name of the node', terms({ matchFields: [expression('metadata.name', 'In', 'node-a')] }), true],
  ['the name of another', terms({ matchFields: [expression('metadata.name', 'In', 'node-b')] }), false],
  [
    'a nodeSelector that fits and a term that does not',
    { nodeSelector: { disk: 'ssd' }, ...by(expression('zone', 'Exists')) },
    false,
  ],
  ['a preference alone', { affinity: { nodeAffinity: {} } }, true],
])('a pod that asks for %s may run there: %j', (_what, placement, may) => {
  expect(mayRunOn(placementSchema.parse(placement), node)).toBe(may);
});
