import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManagedClusterState } from '../../sandbox/azure/arm/managed-cluster.ts';
import type { App } from '../../sandbox/azure/entra/entra-tenant.ts';
import { type StandInAzure, type StartAzureInit, startAzure } from '../../sandbox/azure/start-azure.ts';
import type { Internet } from '../../sandbox/internet/internet.ts';
import { startInternet } from '../../sandbox/internet/start-internet.ts';
import { trustAlso } from '../../sandbox/internet/trust-also.ts';
import { createAksCloud } from '../../src/clouds/aks.ts';
import type { CloudScene } from './cloud.ts';
import { MovedClock } from './eks-scene.ts';

export const RESOURCE_GROUP = 'incident';
export const CLUSTER = 'prod';
/** The app of every managed cluster, as kubelogin's documentation names it. */
export const SERVER_APP = '6dae42f8-4368-4678-94ff-3960e28e3630';

/** A token for the cluster. */
const TOKEN = `entra:token ${SERVER_APP}/.default` as const;

/** Waits for nothing, and remembers for how long it should have. */
export class WaitingClock extends MovedClock {
  readonly slept: number[] = [];
  override sleep(ms?: number): Promise<void> {
    this.slept.push(ms ?? 0);
    return Promise.resolve();
  }
}

export interface AksScene extends CloudScene {
  readonly azure: StandInAzure;
  readonly internet: Internet;
  readonly app: App;
  readonly environment: Record<string, string | undefined>;
  readonly clock: WaitingClock;
  readonly home: string;
  readonly keys: Readonly<Record<string, unknown>>;
  /** Changes what Azure says of the cluster. */
  describeAs(change: Partial<ManagedClusterState>): void;
}

/** A stand-in Azure with an app whose secret is in the environment, and one cluster that it may look at. */
export const startAksScene = async (init: Omit<StartAzureInit, 'internet'> = {}): Promise<AksScene> => {
  const clock = new WaitingClock();
  const internet = await startInternet();
  trustAlso(internet.caPem);
  const azure = await startAzure({ internet, clock, ...init });
  const home = await mkdtemp(join(tmpdir(), 'firebreak-aks-'));
  const app = azure.tenant.addApp();
  azure.manager.grant(app.objectId);
  azure.authenticator.bind(app.objectId, 'responder');
  const environment: Record<string, string | undefined> = {
    AZURE_TENANT_ID: azure.tenant.id,
    AZURE_CLIENT_ID: app.clientId,
    AZURE_CLIENT_SECRET: azure.tenant.addSecret(app.clientId),
    AZURE_POD_IDENTITY_AUTHORITY_HOST: azure.metadata.url,
    HTTPS_PROXY: internet.proxyUrl,
  };
  let state: ManagedClusterState = {
    resourceGroup: RESOURCE_GROUP,
    name: CLUSTER,
    provisioningState: 'Succeeded',
  };
  const describeAs = (change: Partial<ManagedClusterState>): void => {
    state = { ...state, ...change };
    azure.manager.put(state);
  };
  const keys = {
    subscription: azure.subscription,
    resourceGroup: RESOURCE_GROUP,
    name: CLUSTER,
    ...(init.cloud === undefined ? {} : { cloud: init.cloud }),
  };
  return {
    ...{ azure, internet, app, environment, clock, home, keys, describeAs },
    cloud: createAksCloud(),
    options: keys,
    context: { cluster: 'prod-cluster', identity: 'act', home, baseDir: home, clock, environment },
    pointTo: async ({ server, caPem }) => describeAs({ url: server.origin, caPem }),
    accepts: (token) => azure.authenticator.objectIdOf(token) === app.objectId,
    revoke: async () => azure.tenant.revokeTokens(),
    age: async () => {
      clock.movedMs += 59.5 * 60_000;
    },
    fetches: () => azure.calls.filter((call) => call === TOKEN).length,
    remote: {
      throttle: (times) => azure.faults.add(TOKEN, { kind: 'throttle' }, times),
      hang: () => azure.faults.add(TOKEN, { kind: 'hang' }),
      waits: () => clock.slept,
    },
    secrets: () => azure.tenant.secrets(),
    close: async () => {
      await azure[Symbol.asyncDispose]();
      await internet[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
};
