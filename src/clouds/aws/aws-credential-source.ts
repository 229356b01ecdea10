import type { AwsCredentialsInit } from './aws-credentials.ts';
import type { AwsIdentity } from './aws-identity.ts';
import type { AwsPlace } from './aws-place.ts';
import type { AwsRequestHandler } from './aws-request-handler.ts';
import type { RoleContext } from './aws-role.ts';

/** Credentials, and where they came from, for people: `the profile prod (role)`. */
export interface SourcedIdentity {
  readonly identity: AwsIdentity;
  readonly source: string;
}

export interface ChainContext {
  readonly init: AwsCredentialsInit;
  readonly place: AwsPlace;
  readonly handler: AwsRequestHandler;
}

/** What a source says: credentials, or what was looked at in vain. */
type Found = SourcedIdentity | { readonly looked: string };
export type Source = (context: ChainContext) => Promise<Found>;

/** The SDK writes to the console otherwise. */
export const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** An empty variable counts as absent, as in a Compose file. */
export const variable = ({ init }: ChainContext, name: string): string | undefined =>
  init.environment[name] === '' ? undefined : init.environment[name];

export const roleContext = ({ init, place, handler }: ChainContext, source: string): RoleContext => ({
  place,
  handler,
  surroundings: init,
  source,
});
