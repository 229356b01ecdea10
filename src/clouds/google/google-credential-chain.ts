import { join } from 'node:path';
import { homePath } from '../access/home-path.ts';
import type { GoogleContext } from './google-context.ts';
import { fromCredentialsFile } from './google-credentials-file.ts';
import { googleCredentialProblem } from './google-failure.ts';
import { fromMetadata } from './google-metadata.ts';
import { variable } from './google-surroundings.ts';
import type { GoogleIdentity } from './google-token.ts';

const CREDENTIALS = 'GOOGLE_APPLICATION_CREDENTIALS';

/**
 * The first source that is configured is the one: when it fails, its sentence is told, and no other identity is taken in
 * its place. A file that the configuration names is the only source. Throws `cluster-credentials`, `cluster-unreachable`,
 * `cluster-throttled`. Source: AIP-4110.
 */
export const findGoogleIdentity = async (
  configured: string | undefined,
  context: GoogleContext,
): Promise<GoogleIdentity> => {
  const { surroundings } = context;
  const { home, baseDir } = surroundings;
  const fromVariable = variable(surroundings, CREDENTIALS);
  const named = configured ?? fromVariable;
  const how = configured === undefined ? CREDENTIALS : 'credentials in the configuration';
  if (named !== undefined) {
    const found = await fromCredentialsFile(homePath(named, home, baseDir), how, context);
    if (found !== undefined) return found;
  }
  const folder = variable(surroundings, 'CLOUDSDK_CONFIG') ?? join(home, '.config', 'gcloud');
  const wellKnown = join(folder, 'application_default_credentials.json');
  const ofGcloud = await fromCredentialsFile(wellKnown, undefined, context);
  if (ofGcloud !== undefined) return ofGcloud;
  const ofMachine = await fromMetadata(context);
  if ('token' in ofMachine) return ofMachine;
  throw googleCredentialProblem(
    `Firebreak found no Google credentials. It looked at the file that ${CREDENTIALS} names; ${wellKnown}; ${ofMachine.looked}.`,
    "Give its pod a service account (GKE's workload identity, or workload identity federation elsewhere), or set credentials for the cluster.",
  );
};
