import type { FieldPath } from './field-path.ts';
import { asMap, type JsonMap } from './json-tree.ts';

const textOf = (path: FieldPath): string => JSON.stringify(path);

/** A set of fields of an object, as one manager owns them. */
export class FieldSet {
  readonly #paths: ReadonlyMap<string, FieldPath>;

  constructor(paths: Iterable<FieldPath>) {
    this.#paths = new Map([...paths].map((path) => [textOf(path), path]));
  }

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  get paths(): readonly FieldPath[] {
    return [...this.#paths.values()];
  }

  has(path: FieldPath): boolean {
    return this.#paths.has(textOf(path));
  }

  union(other: FieldSet): FieldSet {
    return new FieldSet([...this.paths, ...other.paths]);
  }

  minus(other: FieldSet): FieldSet {
    return new FieldSet(this.paths.filter((path) => !other.has(path)));
  }

  intersection(other: FieldSet): FieldSet {
    return new FieldSet(this.paths.filter((path) => other.has(path)));
  }

  equals(other: FieldSet): boolean {
    return this.minus(other).isEmpty && other.minus(this).isEmpty;
  }

  /** The notation of FieldsV1: `.` says that a field with others below it is in the set itself. */
  toFieldsV1(): JsonMap {
    const root: Tree = {};
    for (const path of this.paths.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1))) {
      let at = root;
      for (const step of path) at = at[step] ??= {};
      at['.'] = {};
    }
    return withoutDotsAtLeaves(root);
  }

  static fromFieldsV1(fields: unknown): FieldSet {
    const paths: FieldPath[] = [];
    const walk = (tree: JsonMap, path: FieldPath): void => {
      const below = Object.entries(tree).filter(([step]) => step !== '.');
      if (path.length > 0 && (below.length === 0 || '.' in tree)) paths.push(path);
      for (const [step, child] of below) walk(asMap(child) ?? {}, [...path, step]);
    };
    walk(asMap(fields) ?? {}, []);
    return new FieldSet(paths);
  }
}

interface Tree {
  [step: string]: Tree;
}

const withoutDotsAtLeaves = (tree: Tree): JsonMap => {
  const below = Object.keys(tree).filter((step) => step !== '.');
  if (below.length === 0) return {};
  return Object.fromEntries(
    Object.entries(tree).map(([step, child]) => [step, step === '.' ? {} : withoutDotsAtLeaves(child)]),
  );
};
