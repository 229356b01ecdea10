import { randomUUID } from 'node:crypto';
import type { Internet } from '../internet/internet.ts';
import { AksAuthenticator } from './aks/aks-authenticator.ts';
import { ResourceManagerService } from './arm/resource-manager-service.ts';
import { writeAnswer } from './azure-answer.ts';
import { type AzureClock, systemAzureClock } from './azure-clock.ts';
import { AzureFaults } from './azure-faults.ts';
import { EntraService } from './entra/entra-service.ts';
import { EntraTenant } from './entra/entra-tenant.ts';
import { MachineMetadata } from './metadata/machine-metadata.ts';
import { type ActionInit, serveAction } from './serve-action.ts';

/** The app that every managed AKS cluster takes tokens for. */
export const AKS_SERVER_APP = '6dae42f8-4368-4678-94ff-3960e28e3630';

/** Hosts of Entra ID and Azure Resource Manager, and what the latter's tokens are for. */
const CLOUDS = {
  public: ['login.microsoftonline.com', 'management.azure.com', 'https://management.azure.com'],
  usgov: [
    'login.microsoftonline.us',
    'management.usgovcloudapi.net',
    'https://management.core.usgovcloudapi.net',
  ],
  china: ['login.chinacloudapi.cn', 'management.chinacloudapi.cn', 'https://management.chinacloudapi.cn'],
} as const;

export interface StandInAzure extends AsyncDisposable {
  readonly tenant: EntraTenant;
  readonly subscription: string;
  readonly entra: EntraService;
  readonly manager: ResourceManagerService;
  readonly metadata: MachineMetadata;
  readonly authenticator: AksAuthenticator;
  readonly faults: AzureFaults;
  /** Every call since the start. A token's is said with what it was asked for. */
  readonly calls: readonly string[];
}

export interface StartAzureInit {
  readonly internet: Internet;
  readonly cloud?: keyof typeof CLOUDS;
  readonly clock?: AzureClock;
  /** An older cluster's own server app. */
  readonly serverApp?: string;
}

/** Plays one of Microsoft's clouds, with one tenant and one subscription, under its hosts' real names. */
export const startAzure = async ({
  internet,
  cloud = 'public',
  clock = systemAzureClock,
  serverApp = AKS_SERVER_APP,
}: StartAzureInit): Promise<StandInAzure> => {
  const [authorityHost, managerHost, audience] = CLOUDS[cloud];
  const tenant = new EntraTenant(clock);
  const subscription = randomUUID();
  const resources = [audience, serverApp, AKS_SERVER_APP];
  const entra = new EntraService({ host: authorityHost, tenant, clock, resources });
  const manager = new ResourceManagerService({ tenant, subscription, audience, serverApp });
  const faults = new AzureFaults();
  const calls: string[] = [];
  const init = (failed: ActionInit['failed']): ActionInit => ({
    ...{ clock, faults, failed },
    record: (action) => calls.push(action),
  });
  const metadata = new MachineMetadata(
    tenant,
    init(() => ({ error: 'unavailable' })),
  );
  await metadata.listen();

  internet.serve(authorityHost, (request, body, response) => {
    const { pathname } = new URL(request.url ?? '/', `https://${authorityHost}`);
    if (!entra.isTokenRequest(request.method ?? '', pathname)) {
      writeAnswer(entra.discover(pathname), response, clock);
      return;
    }
    const form = body.toString('utf8');
    const scope = new URLSearchParams(form).get('scope')?.split(' ')[0] ?? '';
    const failed = (status: number): object => ({
      error: 'temporarily_unavailable',
      error_description: `${status}: ${form}`,
    });
    serveAction(
      `entra:token ${scope}`,
      () => entra.answer(pathname, form),
      { request, response },
      init(failed),
    );
  });
  internet.serve(managerHost, (request, _body, response) => {
    const call = {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', `https://${managerHost}`),
      authorization: request.headers.authorization ?? '',
    };
    const failed = (status: number): object => ({
      error: {
        code: status === 429 ? 'SubscriptionRequestsThrottled' : 'InternalServerError',
        message: call.authorization,
      },
    });
    const action = manager.actionOf(call);
    if (action === undefined) writeAnswer(manager.answer(call), response, clock);
    else serveAction(action, () => manager.answer(call), { request, response }, init(failed));
  });
  return {
    ...{ tenant, subscription, entra, manager, metadata, faults, calls },
    authenticator: new AksAuthenticator(tenant, serverApp),
    [Symbol.asyncDispose]: () => metadata.close(),
  };
};
