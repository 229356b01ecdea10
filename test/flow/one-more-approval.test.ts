import { expect, test } from 'vitest';
import { madeObjectsScene, setLabel } from './made-objects-scene.ts';

test('a plan that asks for one more approval than the rule needs one, though the rule asks for none', async () => {
  await using scene = await madeObjectsScene();
  const writes = () => [setLabel('', 'team', 'red')];
  scene.intends({ writes });
  expect(await scene.ask('fence pod/x')).toMatchObject({
    plan: { policy: { approvals: 0 } },
    state: 'queued',
  });
  scene.intends({ writes, oneMoreApproval: 'Not all of it can be collected.' });
  // The channel of this scene has no approvers, so that nobody could give it.
  expect(await scene.told('fence pod/multi')).toMatchObject({
    text: expect.stringContaining('This needs 1 approval, and nobody may give it.'),
  });
});
