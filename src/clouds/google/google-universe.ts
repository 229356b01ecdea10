import { type GoogleSurroundings, variable } from './google-surroundings.ts';

/** Google's own; another is a Trusted Partner Cloud. */
export const DEFAULT_UNIVERSE = 'googleapis.com';

/** The domain of Google's APIs. Source: google-auth-library, GOOGLE_CLOUD_UNIVERSE_DOMAIN. */
export const googleUniverse = (surroundings: GoogleSurroundings): string =>
  variable(surroundings, 'GOOGLE_CLOUD_UNIVERSE_DOMAIN') ?? DEFAULT_UNIVERSE;
