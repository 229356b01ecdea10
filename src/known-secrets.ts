import { clouds } from './clouds/index.ts';
import type { Environment } from './config/environment.ts';

/** Of the variables that Firebreak and its providers read, those whose whole value is a secret: never in a log. */
export const knownSecrets = (
  environment: Environment,
  variables: Readonly<Record<string, string | undefined>>,
): readonly (string | undefined)[] => [
  environment.SLACK_BOT_TOKEN,
  environment.SLACK_APP_TOKEN,
  environment.SLACK_SIGNING_SECRET,
  environment.DATABASE_URL,
  environment.DATABASE_MIGRATE_URL,
  ...clouds.flatMap(({ access }) => access.secretVariables.map((name) => variables[name])),
];
