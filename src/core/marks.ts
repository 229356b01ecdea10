import type { FieldChange } from './change.ts';

/** What each object that Firebreak changed carries: whose case it belongs to, and the run that holds it. */
export const CASE_LABEL = 'firebreak.dev/case';
export const RUN_ANNOTATION = 'firebreak.dev/run';

/** Names Firebreak in an object's `managedFields`. */
export const FIELD_MANAGER = 'firebreak';

export const CASE_PATH = ['metadata', 'labels', CASE_LABEL] as const;
export const RUN_PATH = ['metadata', 'annotations', RUN_ANNOTATION] as const;

/** A path as one string, for comparing; no field of Kubernetes has a NUL in its name. */
export const pathKey = (path: readonly string[]): string => path.join('\0');

const MARKS = new Set([pathKey(CASE_PATH), pathKey(RUN_PATH)]);

/** A mark follows from what is held on its object; it is not itself something that is held. */
export const isMark = ({ path }: Pick<FieldChange, 'path'>): boolean => MARKS.has(pathKey(path));
