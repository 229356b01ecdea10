import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceAccount } from '../../sandbox/google/account/google-accounts.ts';
import { serviceAccountFile } from '../../sandbox/google/service-account-file.ts';
import type { GkeClusterState } from '../../sandbox/google/services/container-service.ts';
import { type StandInGoogle, startGoogle } from '../../sandbox/google/start-google.ts';
import type { Internet } from '../../sandbox/internet/internet.ts';
import { startInternet } from '../../sandbox/internet/start-internet.ts';
import { trustAlso } from '../../sandbox/internet/trust-also.ts';
import { createGkeCloud } from '../../src/clouds/gke.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { CloudScene } from './cloud.ts';

export const PROJECT = 'shop-prod';
export const LOCATION = 'europe-west1';
export const CLUSTER = 'prod';
export const STARTER = 'firebreak@tools.iam.gserviceaccount.com';
export const RESPONDER = 'responder@shop-prod.iam.gserviceaccount.com';
export const KEYS = { project: PROJECT, location: LOCATION, name: CLUSTER } as const;

export interface GkeScene extends CloudScene {
  readonly google: StandInGoogle;
  readonly internet: Internet;
  /** Whom Firebreak starts with, by a key; and whom it impersonates. */
  readonly starter: ServiceAccount;
  readonly responder: ServiceAccount;
  readonly environment: Record<string, string | undefined>;
  readonly clock: MovedClock;
  /** Google's own time, beside the machine's. */
  readonly googleClock: { movedMs: number };
  /** Changes what clusters.get says. */
  describeAs(change: Partial<GkeClusterState>): void;
  /** Writes a file below the home folder; returns its path. */
  file(name: string, json: unknown): Promise<string>;
}

/** The machine's clock, moved by as much as a test says. */
export class MovedClock implements Clock {
  movedMs = 0;
  readonly slept: number[] = [];
  now(): Date {
    return new Date(Date.now() + this.movedMs);
  }
  monotonicMs(): number {
    return performance.now() + this.movedMs;
  }
  sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    return Promise.resolve();
  }
}

/** A stand-in Google with a service account whose key is in the environment, another that it may impersonate, and one cluster. */
export const startGkeScene = async (): Promise<GkeScene> => {
  const clock = new MovedClock();
  const googleClock = { movedMs: 0 };
  const internet = await startInternet();
  trustAlso(internet.caPem);
  const google = await startGoogle({
    internet,
    clock: { now: () => new Date(Date.now() + googleClock.movedMs) },
  });
  const home = await mkdtemp(join(tmpdir(), 'firebreak-gke-'));
  const file = async (name: string, json: unknown): Promise<string> => {
    const path = join(home, name);
    await writeFile(path, typeof json === 'string' ? json : JSON.stringify(json));
    return path;
  };
  const starter = google.accounts.addServiceAccount(STARTER);
  const responder = google.accounts.addServiceAccount(RESPONDER);
  google.accounts.letImpersonate(STARTER, RESPONDER);
  for (const email of [STARTER, RESPONDER]) google.container.allow(email);
  google.authenticator.bind(RESPONDER, 'responder');
  const environment: Record<string, string | undefined> = {
    HTTPS_PROXY: internet.proxyUrl,
    NO_PROXY: '127.0.0.1,localhost',
    GCE_METADATA_HOST: google.metadataHost,
    GOOGLE_APPLICATION_CREDENTIALS: await file(
      'key.json',
      serviceAccountFile(google.accounts.addKey(starter)),
    ),
  };
  let state: GkeClusterState = { ...KEYS, status: 'RUNNING' };
  const describeAs = (change: Partial<GkeClusterState>): void => {
    state = { ...state, ...change };
    google.container.put(state);
  };
  return {
    ...{ google, internet, starter, responder, environment, clock, googleClock, describeAs, file },
    cloud: createGkeCloud(),
    options: { ...KEYS, impersonate: RESPONDER },
    context: { cluster: 'prod-cluster', identity: 'act', home, baseDir: home, clock, environment },
    pointTo: async ({ server, caPem }) => describeAs({ endpoint: server.host, caPem }),
    accepts: (token) => google.authenticator.userOf(token) === 'responder',
    revoke: async () => google.accounts.revokeTokens(),
    age: async () => {
      clock.movedMs += 59.5 * 60_000;
    },
    fetches: () => google.calls.filter((call) => call === 'iam.generateAccessToken').length,
    remote: {
      throttle: (times) => google.faults.add('iam.generateAccessToken', { kind: 'throttle' }, times),
      hang: () => google.faults.add('iam.generateAccessToken', { kind: 'hang' }),
      waits: () => clock.slept,
    },
    secrets: () => google.accounts.secrets(),
    close: async () => {
      await google[Symbol.asyncDispose]();
      await internet[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
};
