import type { ProvenRun } from './proven-run.ts';

const NONE = 'NOT PROVEN';

/** The verdict of a run by its newest proof, as a card begins. Never good of what was changed since, or is proven no longer. */
export const provenWords = ({ state, verdict }: ProvenRun): string => {
  switch (state) {
    case 'good':
    case 'failing':
      return verdict ?? NONE;
    case 'changed':
      return `${verdict ?? NONE}, but CHANGED`;
    case 'not proven':
      return NONE;
  }
};
