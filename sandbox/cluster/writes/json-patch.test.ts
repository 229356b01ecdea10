import { describe, expect, it } from 'vitest';
import { jsonPatch } from './json-patch.ts';

const applied = (target: unknown, ...patch: readonly unknown[]) => {
  const result = jsonPatch(target, patch);
  return typeof result === 'string' ? result : result.value;
};

describe('a JSON patch, by the examples of RFC 6902', () => {
  it('adds to maps and into lists, and at the end of a list', () => {
    expect(applied({ foo: 'bar' }, { op: 'add', path: '/baz', value: 'qux' })).toEqual({
      foo: 'bar',
      baz: 'qux',
    });
    const list = { foo: ['bar', 'baz'] };
    expect(applied(list, { op: 'add', path: '/foo/1', value: 'qux' })).toEqual({
      foo: ['bar', 'qux', 'baz'],
    });
    expect(applied(list, { op: 'add', path: '/foo/-', value: ['x'] })).toEqual({
      foo: ['bar', 'baz', ['x']],
    });
  });

  it('removes and replaces members and items', () => {
    expect(applied({ a: 1, b: [1, 2, 3] }, { op: 'remove', path: '/b/1' })).toEqual({ a: 1, b: [1, 3] });
    expect(applied({ a: 1, b: [1] }, { op: 'replace', path: '/b/0', value: 5 })).toEqual({ a: 1, b: [5] });
    expect(applied({ a: { b: 1 } }, { op: 'remove', path: '/a/b' })).toEqual({ a: {} });
  });

  it('moves and copies', () => {
    const foo = { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } };
    expect(applied(foo, { op: 'move', from: '/foo/waldo', path: '/qux/thud' })).toEqual({
      foo: { bar: 'baz' },
      qux: { corge: 'grault', thud: 'fred' },
    });
    const list = { foo: ['all', 'grass', 'cows', 'eat'] };
    expect(applied(list, { op: 'move', from: '/foo/1', path: '/foo/3' })).toEqual({
      foo: ['all', 'cows', 'eat', 'grass'],
    });
    expect(applied({ a: [1] }, { op: 'copy', from: '/a/0', path: '/b' })).toEqual({ a: [1], b: 1 });
  });

  it('applies all of its operations or none', () => {
    const target = { labels: { a: '1' } };
    const put = { op: 'add', path: '/labels/b', value: '2' };
    expect(applied(target, { op: 'test', path: '/labels/a', value: '1' }, put)).toEqual({
      labels: { a: '1', b: '2' },
    });
    expect(applied(target, put, { op: 'test', path: '/labels/a', value: '9' })).toBe('does not apply');
    expect(target).toEqual({ labels: { a: '1' } });
  });

  it('reads ~1 as a slash and ~0 as a tilde', () => {
    expect(applied({}, { op: 'add', path: '/a~1b~0c', value: 1 })).toEqual({ 'a/b~c': 1 });
  });

  it('does not apply where there is no such place', () => {
    expect(applied({}, { op: 'remove', path: '/a' })).toBe('does not apply');
    expect(applied({}, { op: 'replace', path: '/a', value: 1 })).toBe('does not apply');
    expect(applied({}, { op: 'add', path: '/a/b', value: 1 })).toBe('does not apply');
    expect(applied({ a: [1] }, { op: 'add', path: '/a/2', value: 1 })).toBe('does not apply');
    expect(applied({ a: [1] }, { op: 'add', path: '/a/01', value: 1 })).toBe('does not apply');
  });

  it('is none when an operation is unknown', () => {
    expect(applied({}, { op: 'spam', path: '/a' })).toBe('no patch');
    expect(jsonPatch({}, { op: 'add' })).toBe('no patch');
  });
});
