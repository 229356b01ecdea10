import type { GoogleSurroundings } from './google-surroundings.ts';
import type { GoogleTransport } from './google-transport.ts';

/** What every source of credentials works with. */
export interface GoogleContext {
  readonly surroundings: GoogleSurroundings;
  readonly transport: GoogleTransport;
  /** Whose APIs: `googleapis.com`. */
  readonly universe: string;
}

/** When something that is valid for so many seconds ends, by this machine's clock. */
export const endAfter = ({ surroundings }: GoogleContext, seconds: number): Date =>
  new Date(surroundings.clock.now().getTime() + seconds * 1_000);
