import { FirebreakError } from '../core/firebreak-error.ts';
import { isTransient } from './is-transient.ts';

// https://www.postgresql.org/docs/18/errcodes-appendix.html
/** undefined_table, invalid_schema_name, insufficient_privilege: never migrated, or not for this role. */
const NOT_MIGRATED: readonly string[] = ['42P01', '3F000', '42501'];
/** invalid_authorization_specification, invalid_password, invalid_catalog_name. */
const NOT_LET_IN: readonly string[] = ['28000', '28P01', '3D000'];

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';

/** Whether the schema is missing, or was made for another role. */
export const isNotMigrated = (thrown: unknown): boolean => NOT_MIGRATED.includes(codeOf(thrown));

const explained = (thrown: unknown): unknown => {
  const code = codeOf(thrown);
  if (isNotMigrated(thrown))
    return new FirebreakError({
      code: 'config-invalid',
      message: 'The database is not migrated to this version, or not for this role.',
      next: 'Run firebreak migrate with DATABASE_MIGRATE_URL, then start again.',
      cause: thrown,
    });
  if (NOT_LET_IN.includes(code))
    return new FirebreakError({
      code: 'config-invalid',
      message: `The database does not let this user in (${code}).`,
      next: 'Check user, password and database name in the URL; docs/operations.md says how they are made.',
      cause: thrown,
    });
  if (isTransient(thrown))
    return new FirebreakError({
      code: 'database-unavailable',
      message: `The database can’t be reached${code === '' ? '' : ` (${code})`}.`,
      next: 'Check that it runs and that the URL names its host and port, then try again.',
      retry: 'retry can help',
      cause: thrown,
    });
  return thrown;
};

/** Runs a command's work on the database; what Postgres or the way to it throws becomes a sentence that says what to do. */
export const withSentences = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (thrown) {
    throw explained(thrown);
  }
};
