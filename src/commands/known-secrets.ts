import type { Environment } from '../config/environment.ts';

/** Of the variables that Firebreak and the vendors' libraries read, those whose whole value is a secret: never in a log. */
export const knownSecrets = (
  environment: Environment,
  variables: Readonly<Record<string, string | undefined>>,
): readonly (string | undefined)[] => [
  environment.SLACK_BOT_TOKEN,
  environment.SLACK_APP_TOKEN,
  environment.SLACK_SIGNING_SECRET,
  environment.DATABASE_URL,
  environment.DATABASE_MIGRATE_URL,
  variables['AWS_SECRET_ACCESS_KEY'],
  variables['AWS_SESSION_TOKEN'],
  variables['AWS_CONTAINER_AUTHORIZATION_TOKEN'],
  variables['AZURE_CLIENT_SECRET'],
  variables['AZURE_CLIENT_CERTIFICATE_PASSWORD'],
];
