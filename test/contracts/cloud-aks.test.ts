import { type AksScene, CLUSTER, RESOURCE_GROUP, startAksScene } from './aks-scene.ts';
import { type CloudFailure, type CloudScene, cloudContract } from './cloud.ts';

const scenes = new WeakMap<CloudScene, AksScene>();
const startScene = async (): Promise<CloudScene> => {
  const scene = await startAksScene();
  scenes.set(scene, scene);
  return scene;
};
/** What a test arranges at the stand-in. */
const arrange = (change: (scene: AksScene) => void) => async (scene: CloudScene) => {
  const found = scenes.get(scene);
  if (found === undefined) throw new Error('not a scene of this file');
  change(found);
};

const nothing = arrange(() => undefined);
const OTHER = '00000000-0000-4000-8000-000000000000';

const withoutSecret = (environment: Record<string, string | undefined>): void => {
  delete environment['AZURE_CLIENT_SECRET'];
};

const failures: readonly CloudFailure[] = [
  {
    when: 'there are no credentials',
    code: 'cluster-credentials',
    says: /found no Azure credentials.*AZURE_CLIENT_SECRET.*AZURE_CLIENT_CERTIFICATE_PATH.*AZURE_FEDERATED_TOKEN_FILE.*metadata service.*workload identity/u,
    arrange: arrange(({ environment }) => {
      withoutSecret(environment);
      // Nobody listens there.
      environment['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = 'http://127.0.0.1:9';
    }),
  },
  {
    when: 'a secret is set and nothing says whose it is',
    code: 'cluster-credentials',
    says: /AZURE_CLIENT_SECRET is set, but neither tenantId nor AZURE_TENANT_ID, and neither clientId nor AZURE_CLIENT_ID says/u,
    arrange: arrange(({ environment }) => {
      delete environment['AZURE_TENANT_ID'];
      environment['AZURE_CLIENT_ID'] = '';
    }),
  },
  {
    when: 'the client secret is wrong',
    code: 'cluster-credentials',
    says: /did not accept the client secret of the app .*value there, not its id/u,
    arrange: arrange(({ environment, azure }) => {
      environment['AZURE_CLIENT_SECRET'] = 'not-the-right-one';
      azure.tenant.keepSecret('not-the-right-one');
    }),
  },
  {
    when: 'the client secret has expired',
    code: 'cluster-credentials',
    says: /client secret of the app .* has expired.*new one/u,
    arrange: arrange(({ clock }) => {
      clock.movedMs += 90_000_000;
    }),
  },
  {
    when: 'the tenant has no such app',
    code: 'cluster-credentials',
    says: /knows no app .* in the tenant .*AZURE_CLIENT_ID.*AZURE_TENANT_ID/u,
    arrange: arrange(({ azure, app }) => azure.tenant.removeApp(app.clientId)),
  },
  {
    when: 'the tenant does not exist in this cloud',
    code: 'cluster-credentials',
    says: new RegExp(`login.microsoftonline.com knows no tenant ${OTHER}.*usgov and china`, 'u'),
    arrange: arrange(({ environment }) => {
      environment['AZURE_TENANT_ID'] = OTHER;
    }),
  },
  {
    when: 'a conditional access policy forbids it',
    code: 'cluster-credentials',
    says: /conditional access policy.*workload identities/u,
    arrange: arrange(({ azure }) => {
      azure.entra.refuseWith = 53003;
    }),
  },
  {
    when: 'Entra ID refuses with a code that has no sentence',
    code: 'cluster-credentials',
    says: /refused a token for the app .*AADSTS900144.*error\?code=900144/u,
    arrange: arrange(({ azure }) => {
      azure.entra.refuseWith = 900144;
    }),
  },
  {
    when: 'Entra ID throttles',
    code: 'cluster-throttled',
    says: /Azure throttled the token request of the app .*in 40 seconds/u,
    arrange: arrange(({ azure }) =>
      azure.faults.add('entra:token', { kind: 'throttle', retryAfterSeconds: 40 }),
    ),
  },
  {
    when: 'Entra ID fails',
    code: 'cluster-answer',
    says: /Azure failed at the token request.*HTTP 500.*status page/u,
    arrange: arrange(({ azure }) => azure.faults.add('entra:token', { kind: 'server error' })),
  },
  {
    when: 'the connection to Entra ID breaks each time',
    code: 'cluster-unreachable',
    says: /did not answer the token request.*HTTPS_PROXY/u,
    arrange: arrange(({ azure }) => azure.faults.add('entra:token', { kind: 'drop connection' })),
  },
  ...([200, 403] as const).flatMap((status): CloudFailure[] => [
    {
      when: `a proxy answers ${status} in the place of Entra ID`,
      code: 'cluster-answer',
      says: new RegExp(
        `answered to the token request .*HTTP ${status}.* is not an answer of Azure's.*proxy`,
        'u',
      ),
      arrange: arrange(({ azure }) => azure.faults.add('entra:token', { kind: 'foreign answer', status })),
    },
    {
      when: `a proxy answers ${status} in the place of Azure Resource Manager`,
      code: 'cluster-answer',
      says: new RegExp(
        `answered to Microsoft.ContainerService/managedClusters/read .HTTP ${status}. is not an answer of Azure's`,
        'u',
      ),
      arrange: arrange(({ azure }) =>
        azure.faults.add('managedClusters/read', { kind: 'foreign answer', status }),
      ),
    },
  ]),
  {
    when: "the proxy's URL can't be read",
    code: 'config-invalid',
    says: /URL of the proxy in HTTPS_PROXY or HTTP_PROXY can't be read.*http:\/\/host:port/u,
    arrange: arrange(({ environment, azure }) => {
      environment['HTTPS_PROXY'] = 'http://user:pass-word@:no-port';
      azure.tenant.keepSecret('pass-word');
    }),
  },
  {
    when: 'the identity may not read the cluster',
    code: 'cluster-credentials',
    says: /object id .* lacks the permission Microsoft.ContainerService\/managedClusters\/read .*the client secret of the app.*"Azure Kubernetes Service Cluster User Role".*az role assignment create --assignee-object-id .*--scope \/subscriptions\//u,
    arrange: arrange(({ azure, app }) => azure.manager.grant(app.objectId, [])),
  },
  {
    when: 'the identity may not fetch the user credential',
    code: 'cluster-credentials',
    says: /lacks the permission Microsoft.ContainerService\/managedClusters\/listClusterUserCredential\/action.*Cluster User Role/u,
    arrange: arrange(({ azure, app }) => azure.manager.grant(app.objectId, ['managedClusters/read'])),
  },
  {
    when: 'Azure throttles',
    code: 'cluster-throttled',
    says: /Azure throttled Microsoft.ContainerService\/managedClusters\/read \(SubscriptionRequestsThrottled\).*in 17 seconds/u,
    arrange: arrange(({ azure }) =>
      azure.faults.add('managedClusters/read', { kind: 'throttle', retryAfterSeconds: 17 }),
    ),
  },
  {
    when: 'Azure throttles several times in a row, and does not say for how long',
    code: 'cluster-throttled',
    says: /throttled Microsoft.ContainerService\/managedClusters\/listClusterUserCredential\/action.*in a minute/u,
    arrange: arrange(({ azure }) =>
      azure.faults.add('listClusterUserCredential/action', { kind: 'throttle' }),
    ),
  },
  {
    when: 'Azure fails',
    code: 'cluster-answer',
    says: /Azure failed at Microsoft.ContainerService\/managedClusters\/read \(InternalServerError, HTTP 500\).*status page/u,
    arrange: arrange(({ azure }) => azure.faults.add('managedClusters/read', { kind: 'server error' })),
  },
  {
    when: 'the connection to Azure breaks each time',
    code: 'cluster-unreachable',
    says: /did not answer Microsoft.ContainerService\/managedClusters\/read.*HTTPS_PROXY/u,
    arrange: arrange(({ azure }) => azure.faults.add('managedClusters/read', { kind: 'drop connection' })),
  },
  {
    when: 'the subscription does not exist',
    code: 'config-invalid',
    says: new RegExp(`Azure \\(public\\) knows no subscription ${OTHER}.*cloud`, 'u'),
    arrange: nothing,
    options: { subscription: OTHER, resourceGroup: RESOURCE_GROUP, name: CLUSTER },
  },
  ...(
    [
      ['Creating', /is being created \(Creating\).*no API server now.*Ask again/u],
      ['Starting', /is being started \(Starting\)/u],
      ['Stopping', /is being stopped \(Stopping\)/u],
      ['Deleting', /is being deleted \(Deleting\).*node resource group/u],
    ] as const
  ).map(
    ([provisioningState, says]): CloudFailure => ({
      when: `the cluster is ${provisioningState}`,
      code: 'cluster-unreachable',
      says,
      arrange: arrange(({ describeAs }) => describeAs({ provisioningState })),
    }),
  ),
  {
    when: 'the cluster is stopped',
    code: 'cluster-unreachable',
    says: /is stopped \(powerState Stopped\).*az aks start/u,
    arrange: arrange(({ describeAs }) => describeAs({ powerState: 'Stopped' })),
  },
  {
    when: 'the cluster failed before it had an API server',
    code: 'cluster-unreachable',
    says: /has no API server: its last operation ended as Failed.*az aks show/u,
    arrange: arrange(({ azure }) =>
      azure.manager.put({ resourceGroup: RESOURCE_GROUP, name: CLUSTER, provisioningState: 'Failed' }),
    ),
  },
  {
    when: 'the user credential holds no certificate authority',
    code: 'cluster-answer',
    says: /user credential of the AKS cluster prod names no https server with a CA/u,
    arrange: arrange(({ describeAs }) => describeAs({ caPem: 'nothing' })),
  },
  {
    when: 'a cluster without Entra ID hands out no local account',
    code: 'cluster-credentials',
    says: /knows neither Entra ID nor local accounts/u,
    arrange: arrange(({ describeAs }) => describeAs({ entra: 'none' })),
  },
  {
    when: 'neither Entra ID nor local accounts are on',
    code: 'cluster-credentials',
    says: /knows neither Entra ID nor local accounts.*az aks update --enable-aad/u,
    arrange: arrange(({ describeAs }) => describeAs({ entra: 'none', disableLocalAccounts: true })),
  },
];

cloudContract('aks', startScene, failures);
