import { expect, test } from 'vitest';
import { denyPolicy, madeObjectsScene, setLabel } from './made-objects-scene.ts';

const text = (reply: unknown): string => JSON.stringify(reply);

test('a run that is irreversible is refused an undo, and is not offered for one', async () => {
  await using scene = await madeObjectsScene();
  scene.intends({ writes: () => [setLabel('label', 'gone', 'true')], effect: 'irreversible' });
  const done = await scene.does('fence lab pod/x');
  expect(done.state).toBe('succeeded');
  expect(done.result?.changes?.map(({ command }) => command)).toEqual([
    'kubectl get pods/x -n payments -o yaml',
  ]);
  const refused = text(await scene.told(`undo ${done.id}`));
  expect(refused).toContain(`What ${done.id} did (fence) is irreversible, so there is no undo.`);
  const held = text(await scene.told('in-force'));
  expect(held).toContain('label gone');
  expect(held).not.toContain('/k8s undo');
});

test('a run that is compensated is undone, and its undo says that it comes back in another form', async () => {
  await using scene = await madeObjectsScene();
  scene.intends({
    writes: (names) => [denyPolicy(names, 'deny'), setLabel('label', 'quarantine', 'true')],
    effect: 'compensated',
  });
  const done = await scene.does('fence lab pod/x');
  expect(text(await scene.told('in-force'))).toContain(`/k8s undo ${done.id}`);
  const undo = await scene.ask(`undo ${done.id}`);
  expect(undo.plan.notes).toContain('What fence did comes back in another form.');
  expect((await scene.execute(undo.id)).state).toBe('succeeded');
  expect(scene.pod().metadata.labels).not.toHaveProperty('quarantine');
});
