import { z } from 'zod';
import { FirebreakError } from '../core/firebreak-error.ts';

const port = z.coerce.number().int().min(1).max(65_535);
const databaseUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'a postgres:// URL is expected' });

/** The variables of the contract. Empty ones count as absent, as in a Compose file. */
const environmentSchema = z.object({
  SLACK_BOT_TOKEN: z.string().optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_APP_TOKEN: z.string().optional(),
  SLACK_API_URL: z.url().endsWith('/api/', 'it has to end in /api/').optional(),
  PORT: port.default(3000),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_MIGRATE_URL: databaseUrl.optional(),
  FIREBREAK_CONFIG: z.string().default('firebreak.yml'),
  FIREBREAK_DATA_DIR: z.string().default('.firebreak'),
  /** 0 takes any free port, which the log then names. */
  FIREBREAK_ADMIN_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HOME: z.string().default('/'),
  HOSTNAME: z.string().default(''),
  KUBERNETES_SERVICE_HOST: z.string().optional(),
});

export type Environment = Readonly<z.infer<typeof environmentSchema>>;

/** Reads the environment. Throws `config-invalid` naming every variable that is wrong, never its value. */
export const readEnvironment = (variables: Readonly<Record<string, string | undefined>>): Environment => {
  const present = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(present);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new FirebreakError({
    code: 'config-invalid',
    message: `${problems.length} environment variable${problems.length === 1 ? ' is' : 's are'} wrong:\n${problems.join('\n')}\n`,
    next: 'Correct them and start again.',
  });
};

/** A variable that `command` can't do without. Throws `config-invalid` naming it. */
export const requireVariable = (value: string | undefined, name: string, why: string): string => {
  if (value !== undefined) return value;
  throw new FirebreakError({
    code: 'config-invalid',
    message: `${name} is not set. ${why}`,
    next: 'Set it and start again.',
  });
};
