import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Internet } from '../internet/internet.ts';
import { GoogleAccounts } from './account/google-accounts.ts';
import { type GoogleClock, systemGoogleClock } from './clock.ts';
import { GkeAuthenticator } from './gke-authenticator.ts';
import { type AnswerInit, answerCall } from './http/answer-call.ts';
import type { GoogleCall, GoogleService } from './http/google-call.ts';
import { GoogleFaults } from './http/google-faults.ts';
import { ContainerService } from './services/container-service.ts';
import { IamCredentialsService } from './services/iam-credentials-service.ts';
import { MetadataService } from './services/metadata-service.ts';
import { OauthService } from './services/oauth-service.ts';
import { GoogleStsService } from './services/sts-service.ts';

/** Google Cloud: its hosts in the internet of a test, and a metadata server on 127.0.0.1. */
export interface StandInGoogle extends AsyncDisposable {
  readonly accounts: GoogleAccounts;
  readonly container: ContainerService;
  readonly sts: GoogleStsService;
  readonly metadata: MetadataService;
  readonly authenticator: GkeAuthenticator;
  readonly faults: GoogleFaults;
  /** Every call since the start: `container.clusters.get`, `oauth2.token`, `iam.generateAccessToken`, `sts.token`, `metadata.token`. */
  readonly calls: readonly string[];
  /** For GCE_METADATA_HOST: an address with its port. */
  readonly metadataHost: string;
}

export interface StartGoogleInit {
  readonly internet: Internet;
  readonly clock?: GoogleClock;
}

const callOf = (request: IncomingMessage, host: string, body: Buffer): GoogleCall => ({
  method: request.method ?? 'GET',
  url: new URL(request.url ?? '/', `https://${host}`),
  headers: request.headers,
  body: body.toString('utf8'),
});

/** Starts it. Keys and tokens are new in each run. */
export const startGoogle = async ({
  internet,
  clock = systemGoogleClock,
}: StartGoogleInit): Promise<StandInGoogle> => {
  const accounts = new GoogleAccounts(clock);
  const faults = new GoogleFaults();
  const calls: string[] = [];
  const init: AnswerInit = {
    clock,
    fault: (action) => faults.take(action),
    record: (action) => calls.push(action),
  };
  const container = new ContainerService(accounts);
  const sts = new GoogleStsService(accounts, clock);
  const metadata = new MetadataService(accounts);
  const hosts: Readonly<Record<string, GoogleService>> = {
    'oauth2.googleapis.com': new OauthService(accounts, clock),
    'sts.googleapis.com': sts,
    'iamcredentials.googleapis.com': new IamCredentialsService(accounts),
    'container.googleapis.com': container,
  };
  for (const [host, service] of Object.entries(hosts))
    internet.serve(host, (request, body, response) =>
      answerCall(service, callOf(request, host, body), response, init),
    );
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    buffer(request)
      .then((body) => answerCall(metadata, callOf(request, 'metadata', body), response, init))
      .catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    ...{ accounts, container, sts, metadata, faults, calls },
    authenticator: new GkeAuthenticator(accounts),
    metadataHost: `127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
