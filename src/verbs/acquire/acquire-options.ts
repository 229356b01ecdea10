import type { Arguments } from '../../core/verb.ts';

const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;
const DEFAULT_DEADLINE_SECONDS = 60 * 60;

export interface AcquireOptions {
  readonly container: string;
  readonly maxBytes: number;
  readonly deadlineSeconds: number;
  readonly paths: readonly string[];
}

const numberOf = (value: Arguments[string] | undefined, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;

export const acquireOptions = (given: Arguments): AcquireOptions => ({
  container: String(given['container'] ?? ''),
  maxBytes: numberOf(given['max-size'], DEFAULT_MAX_BYTES),
  deadlineSeconds: numberOf(given['deadline'], DEFAULT_DEADLINE_SECONDS),
  paths: Array.isArray(given['path']) ? given['path'] : [],
});
