import { describe, expect, test } from 'vitest';
import type { FieldValue, WantedField } from './change.ts';
import type { HeldChange } from './held-fields.ts';
import { planWrite, type WantedWrite } from './plan-write.ts';

const object = { kind: 'node', namespace: '', name: 'a', uid: 'u' } as const;
const CASE = 'metadata.labels.firebreak.dev/case';
const RUN = 'metadata.annotations.firebreak.dev/run';

/** A node as it is at the moment; `write` plans a write, makes it true and keeps it in the history. */
class World {
  readonly #labels: Record<string, string> = {};
  readonly #annotations: Record<string, string> = {};
  readonly #history: HeldChange[] = [];

  get marks() {
    return [this.#labels['firebreak.dev/case'], this.#annotations['firebreak.dev/run']];
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#labels;
  }

  /** Somebody else's hand. */
  set(part: 'labels' | 'annotations', key: string, value: FieldValue): void {
    const place = part === 'labels' ? this.#labels : this.#annotations;
    if (value === null) delete place[key];
    else place[key] = String(value);
  }

  write(run: string, wanted: Readonly<Record<string, FieldValue>>) {
    const fields = Object.entries(wanted).map(
      ([key, value]): WantedField => ({ path: ['metadata', 'labels', key], value }),
    );
    const asked: WantedWrite = {
      ...{ object, fields, history: [...this.#history], run: `FB-${run}`, case: `FB-${run.split('-')[0]}` },
      ...{ verb: 'label', cluster: 'prod' },
      raw: { metadata: { labels: { ...this.#labels }, annotations: { ...this.#annotations } } },
    };
    const write = planWrite(asked);
    if (write === undefined) return undefined;
    for (const { path, after } of write.fields)
      this.set(path[1] === 'labels' ? 'labels' : 'annotations', path[2] ?? '', after);
    this.#history.push({
      ...write,
      run: asked.run,
      case: asked.case,
      verb: 'label',
      cluster: 'prod',
      state: 'applied',
    });
    return Object.fromEntries(
      write.fields.map(({ path, before, after }) => [path.join('.'), [before, after]]),
    );
  }
}

describe('a write', () => {
  test('carries each wanted field with what stands there now, and the marks of its run and case', () => {
    const world = new World();
    world.set('labels', 'team', 'blue');
    expect(world.write('7-1', { team: 'red', quarantine: 'true' })).toEqual({
      'metadata.labels.team': ['blue', 'red'],
      'metadata.labels.quarantine': [null, 'true'],
      [RUN]: [null, 'FB-7-1'],
      [CASE]: [null, 'FB-7'],
    });
  });

  test('leaves out what is true already, and is none where all of it is', () => {
    const world = new World();
    world.set('labels', 'team', 'red');
    expect(world.write('7-1', { team: 'red', quarantine: 'true' })).not.toHaveProperty(
      'metadata.labels.team',
    );
    expect(world.write('7-2', { team: 'red', quarantine: 'true' })).toBeUndefined();
    expect(world.write('7-3', { missing: null })).toBeUndefined();
  });

  test('takes the absent and the false for the same', () => {
    const fields = [{ path: ['spec', 'unschedulable'], value: false }];
    const run = { run: 'FB-7-1', case: 'FB-7', verb: 'uncordon', cluster: 'prod' };
    expect(planWrite({ object, raw: {}, fields, history: [], ...run })).toBeUndefined();
  });
});

describe('the marks', () => {
  test('go with the last thing that is held', () => {
    const world = new World();
    world.write('7-1', { quarantine: 'true' });
    expect(world.marks).toEqual(['FB-7', 'FB-7-1']);
    world.write('7-2', { quarantine: null });
    expect(world.marks).toEqual([undefined, undefined]);
    expect(world.labels).toEqual({});
  });

  test('pass to who still holds the rest when the last one puts its own back', () => {
    const world = new World();
    world.write('7-1', { a: '1' });
    world.write('8-1', { b: '2' });
    expect(world.marks).toEqual(['FB-8', 'FB-8-1']);
    expect(world.write('8-2', { b: null })).toEqual({
      'metadata.labels.b': ['2', null],
      [RUN]: ['FB-8-1', 'FB-7-1'],
      [CASE]: ['FB-8', 'FB-7'],
    });
    world.write('7-2', { a: null });
    expect(world.marks).toEqual([undefined, undefined]);
  });

  test('stay as they are where an earlier one is put back under a later one', () => {
    const world = new World();
    world.write('7-1', { a: '1' });
    world.write('8-1', { b: '2' });
    expect(world.write('7-2', { a: null })).toEqual({ 'metadata.labels.a': ['1', null] });
    expect(world.marks).toEqual(['FB-8', 'FB-8-1']);
  });

  test('become what they were before Firebreak came', () => {
    const world = new World();
    world.set('labels', 'firebreak.dev/case', 'of-another-installation');
    world.write('7-1', { a: '1' });
    world.write('7-2', { b: '2' });
    expect(world.marks).toEqual(['FB-7', 'FB-7-2']);
    world.write('7-3', { a: null, b: null });
    expect(world.marks).toEqual(['of-another-installation', undefined]);
  });

  test('are set again where someone took them off, and taken off where someone else changed them', () => {
    const world = new World();
    world.write('7-1', { a: '1' });
    world.set('labels', 'firebreak.dev/case', null);
    world.set('annotations', 'firebreak.dev/run', 'changed');
    world.write('7-2', { b: '2' });
    expect(world.marks).toEqual(['FB-7', 'FB-7-2']);
    world.write('7-3', { a: null, b: null });
    expect(world.labels).toEqual({});
  });
});
