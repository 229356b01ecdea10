import type { HeldField } from '../../core/held-fields.ts';
import { pathKey } from '../../core/marks.ts';

/** By it the deny policies of one run select the one pod. Its value is the run's id. */
export const ISOLATED_BY = 'firebreak.dev/isolated-by';

export const ISOLATED_BY_PATH = ['metadata', 'labels', ISOLATED_BY] as const;

/** The run that isolates a pod, by what is held on it. */
export const isolationOf = (held: readonly HeldField[]): HeldField | undefined =>
  held.find(({ path, after }) => pathKey(path) === pathKey(ISOLATED_BY_PATH) && after !== null);
