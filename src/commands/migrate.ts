import type { Environment } from '../config/environment.ts';
import { requireVariable } from '../config/environment.ts';
import { migrate } from '../postgres/migrate.ts';
import { withSentences } from '../postgres/with-sentences.ts';

/** Brings the schema up to date. The serving role is the user of DATABASE_URL. */
export const runMigrate = async (environment: Environment): Promise<number> => {
  const ownerUrl = requireVariable(
    environment.DATABASE_MIGRATE_URL,
    'DATABASE_MIGRATE_URL',
    'The schema belongs to an owner of its own, so that the serving role can’t change the audit trail.',
  );
  const serveUrl = requireVariable(
    environment.DATABASE_URL,
    'DATABASE_URL',
    'Its user is given the rights to serve.',
  );
  const serveRole = decodeURIComponent(new URL(serveUrl).username);
  const { applied } = await withSentences(() => migrate(ownerUrl, { serveRole }));
  process.stdout.write(
    applied.length === 0
      ? 'The schema is up to date.\n'
      : `Applied ${applied.join(', ')}. The schema is up to date.\n`,
  );
  return 0;
};
