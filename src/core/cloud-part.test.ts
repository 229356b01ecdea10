import { expect, test } from 'vitest';
import { lacking } from './cloud-part.ts';

test('what a provider lacks of what a verb would use is said in a sentence each', () => {
  expect(lacking(['node', 'auditLog'], { provider: 'eks', parts: [] })).toEqual([
    'The machine behind the node is not protected by its cloud: this version does not do that for eks.',
    'The audit log of the cloud is not collected: this version does not do that for eks.',
  ]);
});

test('a provider that knows no cloud says so', () => {
  expect(lacking(['node'], { provider: 'kubeconfig', parts: [] })).toEqual([
    'The machine behind the node is not protected by its cloud: the provider kubeconfig does not say which cloud that is.',
  ]);
});

test('nothing is said of a part that is there, or that no verb asks for', () => {
  expect(lacking(['node'], { provider: 'gke', parts: ['node'] })).toEqual([]);
  expect(lacking([], { provider: 'gke', parts: [] })).toEqual([]);
});
