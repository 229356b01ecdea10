import { FirebreakError } from '../core/firebreak-error.ts';
import type { StreamEnd } from './receive.ts';

const sentenceOf = (thrown: unknown): string => {
  if (thrown instanceof FirebreakError) return thrown.message;
  return `The source failed: ${thrown instanceof Error ? thrown.message : String(thrown)}.`;
};

/** Why a stream is not whole, as sentences; none when it ended by itself. */
export const whyCut = (end: StreamEnd): readonly string[] => {
  switch (end.kind) {
    case 'ended':
      return [];
    case 'capped':
      return ['It reached its size limit; what would have come after that is missing.'];
    case 'cancelled':
      return ['The run was stopped while this was being read; the rest is missing.'];
    case 'failed':
      return [sentenceOf(end.thrown), 'What would have come after that is missing.'];
  }
};
