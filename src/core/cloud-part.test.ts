import { expect, test } from 'vitest';
import { lacking } from './cloud-part.ts';

test('what a provider lacks of what a verb would use is said in a sentence each', () => {
  expect(lacking(['node', 'auditLog'], { provider: 'eks', parts: [] })).toEqual([
    "The machine behind the node is not protected by its cloud: this version can't do that through eks.",
    "The audit log of the cloud is not collected: this version can't do that through eks.",
  ]);
});

test('nothing is said of a part that is there, or that no verb asks for', () => {
  expect(lacking(['node'], { provider: 'gke', parts: ['node'] })).toEqual([]);
  expect(lacking([], { provider: 'gke', parts: [] })).toEqual([]);
});
