import { expect, test } from 'vitest';
import { readEnvironment } from './config/environment.ts';
import { knownSecrets } from './known-secrets.ts';
import { createRedactor } from './runtime/redactor.ts';

test.each([
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
])('the value of %s leaves in no log', (name) => {
  const variables = { [name]: 'Pl4in-and-unremarkable' };
  const redact = createRedactor(knownSecrets(readEnvironment(variables), variables));
  expect(redact('it was Pl4in-and-unremarkable, they said')).not.toContain('Pl4in');
});
