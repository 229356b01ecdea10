import { fieldOf, type KubeObject } from './kube-object.ts';

type Test = (object: KubeObject) => boolean;

const SET_TERM = /^([^\s=!,]+)\s+(in|notin)\s+\(([^)]*)\)$/;
const EQUALITY_TERM = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/;

/**
 * A label selector as a test. Understands `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a` and `!a`.
 * Source: kubernetes.io, "Labels and Selectors", API section.
 */
export function labelSelector(text: string): Test {
  const tests = splitTerms(text).map((term): Test => {
    const label = (object: KubeObject, key: string) => object.metadata.labels?.[key];
    const [, setKey, operator, list] = SET_TERM.exec(term) ?? [];
    if (setKey !== undefined) {
      const values = (list ?? '').split(',').map((value) => value.trim());
      return (object) => values.includes(label(object, setKey) ?? '\0') === (operator === 'in');
    }
    const [, key, sign, value = ''] = EQUALITY_TERM.exec(term) ?? [];
    if (key !== undefined) return (object) => (label(object, key) === value) === (sign !== '!=');
    if (term.startsWith('!')) return (object) => label(object, term.slice(1).trim()) === undefined;
    return (object) => label(object, term) !== undefined;
  });
  return (object) => tests.every((test) => test(object));
}

/** A field selector as a test: `path=value` and `path!=value`, any path into the object. */
export function fieldSelector(text: string): Test {
  const tests = splitTerms(text).map((term): Test => {
    const [, path, sign, value = ''] = EQUALITY_TERM.exec(term) ?? [];
    if (path === undefined) return () => false;
    return (object) => (fieldOf(object, path) === value) === (sign !== '!=');
  });
  return (object) => tests.every((test) => test(object));
}

function splitTerms(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}
