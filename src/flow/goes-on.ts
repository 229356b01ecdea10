import type { FirebreakError } from '../core/firebreak-error.ts';

/** The run is not over by this: it goes on elsewhere, or here when the database is back. */
export const goesOn = ({ code }: FirebreakError): boolean =>
  code === 'superseded' || code === 'interrupted' || code === 'database-unavailable';
