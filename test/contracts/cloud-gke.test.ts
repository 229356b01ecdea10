import { type CloudFailure, type CloudScene, cloudContract } from './cloud.ts';
import { type GkeScene, KEYS, RESPONDER, STARTER, startGkeScene } from './gke-scene.ts';

const scenes = new WeakMap<CloudScene, GkeScene>();
const startScene = async (): Promise<CloudScene> => {
  const scene = await startGkeScene();
  scenes.set(scene, scene);
  return scene;
};
/** What a test arranges at the stand-in. */
const arrange = (change: (scene: GkeScene) => unknown) => async (scene: CloudScene) => {
  const found = scenes.get(scene);
  if (found === undefined) throw new Error('not a scene of this file');
  await change(found);
};
const nothing = arrange(() => undefined);

const failures: readonly CloudFailure[] = [
  {
    when: 'there are no credentials',
    code: 'cluster-credentials',
    says: /found no Google credentials.*GOOGLE_APPLICATION_CREDENTIALS.*application_default_credentials\.json.*metadata server.*workload identity/u,
    arrange: arrange(({ environment }) => {
      delete environment['GOOGLE_APPLICATION_CREDENTIALS'];
    }),
  },
  {
    when: 'the account may not impersonate the other',
    code: 'cluster-credentials',
    says: /firebreak@tools\S+ lacks the permission iam\.serviceAccounts\.getAccessToken on the service account other@.*add-iam-policy-binding other@\S+ --role=roles\/iam\.serviceAccountTokenCreator --member=serviceAccount:firebreak@tools/u,
    arrange: arrange(({ google }) =>
      google.accounts.addServiceAccount('other@shop-prod.iam.gserviceaccount.com'),
    ),
    options: { ...KEYS, impersonate: 'other@shop-prod.iam.gserviceaccount.com' },
  },
  {
    when: 'the account lacks container.clusters.get',
    code: 'cluster-credentials',
    says: /firebreak@tools\S+ lacks the permission container\.clusters\.get on projects\/shop-prod\/locations\/europe-west1\/clusters\/prod.*roles\/container\.clusterViewer/u,
    arrange: arrange(({ google }) => google.container.forbid(STARTER)),
    options: KEYS,
  },
  {
    when: 'the cluster does not exist',
    code: 'config-invalid',
    says: /no GKE cluster gone in europe-west1 of the project shop-prod.*regional cluster has a region/u,
    arrange: nothing,
    options: { ...KEYS, name: 'gone' },
  },
  {
    when: 'the Kubernetes Engine API is not enabled',
    code: 'config-invalid',
    says: /Kubernetes Engine API is not enabled.*gcloud services enable container\.googleapis\.com --project=shop-prod/u,
    arrange: arrange(({ google }) =>
      google.faults.add('container.clusters.get', { kind: 'service disabled' }),
    ),
  },
  {
    when: 'the IAM Service Account Credentials API is not enabled',
    code: 'cluster-credentials',
    says: /IAM Service Account Credentials API is not enabled.*iamcredentials\.googleapis\.com/u,
    arrange: arrange(({ google }) =>
      google.faults.add('iam.generateAccessToken', { kind: 'service disabled' }),
    ),
  },
  {
    when: 'the cluster is being created',
    code: 'cluster-unreachable',
    says: /being created \(PROVISIONING\).*no API server yet.*Ask again/u,
    arrange: arrange(({ describeAs }) => describeAs({ status: 'PROVISIONING' })),
  },
  {
    when: 'the cluster is being deleted',
    code: 'cluster-unreachable',
    says: /being deleted \(STOPPING\)/u,
    arrange: arrange(({ describeAs }) => describeAs({ status: 'STOPPING' })),
  },
  {
    when: 'the cluster is in the state ERROR',
    code: 'cluster-unreachable',
    says: /in the state ERROR.*gcloud container clusters describe/u,
    arrange: arrange(({ describeAs }) => describeAs({ status: 'ERROR' })),
  },
  {
    when: 'a running cluster has no endpoint',
    code: 'cluster-unreachable',
    says: /names no public endpoint/u,
    arrange: arrange(({ describeAs }) => describeAs({ endpoint: '' })),
  },
  {
    when: 'a running cluster has no CA',
    code: 'cluster-unreachable',
    says: /names no CA/u,
    arrange: arrange(({ describeAs }) => describeAs({ caPem: 'no PEM' })),
  },
  {
    when: 'the key was deleted',
    code: 'cluster-credentials',
    says: /did not accept the key of the service account firebreak@tools\S+ in .*key\.json.*deleted or disabled/u,
    arrange: arrange(({ google }) => google.accounts.deleteKeys(STARTER)),
  },
  {
    when: 'the service account was deleted',
    code: 'cluster-credentials',
    says: /does not know the service account firebreak@tools/u,
    arrange: arrange(({ google }) => google.accounts.removeServiceAccount(STARTER)),
  },
  {
    when: 'the clock of this machine is wrong',
    code: 'cluster-credentials',
    says: /clock of this machine is 90 minutes behind Google's.*NTP/u,
    arrange: arrange(({ googleClock }) => {
      googleClock.movedMs = 90 * 60_000;
    }),
  },
  {
    when: 'a perimeter keeps it out',
    code: 'cluster-credentials',
    says: /VPC Service Controls keep this machine from container\.clusters\.get.*ingress rule/u,
    arrange: arrange(({ google }) =>
      google.faults.add('container.clusters.get', { kind: 'outside the perimeter' }),
    ),
  },
  {
    when: 'something else answers for GKE',
    code: 'cluster-answer',
    says: /What was answered to container\.clusters\.get .* is not an answer of Google's.*proxy/u,
    arrange: arrange(({ google }) => google.faults.add('container.clusters.get', { kind: 'foreign answer' })),
  },
  {
    when: 'something else answers for the token endpoint',
    code: 'cluster-answer',
    says: /What was answered to a token of firebreak@tools\S+ is not an answer of Google's/u,
    arrange: arrange(({ google }) => google.faults.add('oauth2.token', { kind: 'foreign answer' })),
  },
  {
    when: 'something else answers for IAM',
    code: 'cluster-answer',
    says: /What was answered to generateAccessToken of responder@/u,
    arrange: arrange(({ google }) =>
      google.faults.add('iam.generateAccessToken', { kind: 'foreign answer' }),
    ),
  },
  {
    when: 'the URL of the proxy is none',
    code: 'config-invalid',
    says: /proxy in HTTPS_PROXY or HTTP_PROXY can't be read.*http:\/\/host:port/u,
    arrange: arrange(({ environment, google }) => {
      google.accounts.addSecret('s3cret-word');
      environment['HTTPS_PROXY'] = 'http://me:s3cret-word@[';
    }),
  },
  {
    when: 'the key was deleted, and the clock is a little off',
    code: 'cluster-credentials',
    says: /did not accept the key of the service account/u,
    arrange: arrange(({ google, clock }) => {
      clock.movedMs = 20 * 60_000;
      google.accounts.deleteKeys(STARTER);
    }),
  },
  {
    when: 'GKE throttles',
    code: 'cluster-throttled',
    says: /Google throttled container\.clusters\.get.*several times.*Ask again/u,
    arrange: arrange(({ google }) => google.faults.add('container.clusters.get', { kind: 'throttle' })),
  },
  {
    when: 'IAM throttles',
    code: 'cluster-throttled',
    says: /Google throttled generateAccessToken of responder@/u,
    arrange: arrange(({ google }) => google.faults.add('iam.generateAccessToken', { kind: 'throttle' })),
  },
  {
    when: 'the token endpoint throttles',
    code: 'cluster-throttled',
    says: /Google throttled a token of firebreak@tools/u,
    arrange: arrange(({ google }) => google.faults.add('oauth2.token', { kind: 'throttle' })),
  },
  {
    when: 'GKE fails',
    code: 'cluster-answer',
    says: /Google failed at container\.clusters\.get.*INTERNAL, HTTP 500.*service health/u,
    arrange: arrange(({ google }) => google.faults.add('container.clusters.get', { kind: 'server error' })),
  },
  {
    when: 'the connection to GKE breaks each time',
    code: 'cluster-unreachable',
    says: /did not answer container\.clusters\.get.*ECONNRESET.*HTTPS_PROXY/u,
    arrange: arrange(({ google }) =>
      google.faults.add('container.clusters.get', { kind: 'drop connection' }),
    ),
  },
  {
    when: 'the DNS endpoint takes no connections',
    code: 'cluster-unreachable',
    says: /DNS endpoint .*allowExternalTraffic is off.*gcloud container clusters update prod --location=europe-west1 --project=shop-prod --enable-dns-access/u,
    arrange: arrange(({ describeAs }) =>
      describeAs({
        more: {
          controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: 'gke-1.europe-west1.gke.goog' } },
        },
      }),
    ),
    options: { ...KEYS, impersonate: RESPONDER, endpoint: 'dns' },
  },
  {
    when: 'the public endpoint is asked for and is off',
    code: 'config-invalid',
    says: /public endpoint .* is off.*endpoint: private/u,
    arrange: arrange(({ describeAs }) =>
      describeAs({
        more: { privateClusterConfig: { enablePrivateEndpoint: true, privateEndpoint: '10.0.0.2' } },
      }),
    ),
    options: { ...KEYS, endpoint: 'public' },
  },
  {
    when: 'an IP endpoint is asked for and there is none',
    code: 'config-invalid',
    says: /has no IP endpoints.*endpoint: dns/u,
    arrange: arrange(({ describeAs }) =>
      describeAs({ more: { controlPlaneEndpointsConfig: { ipEndpointsConfig: {} } } }),
    ),
    options: { ...KEYS, endpoint: 'private' },
  },
  {
    when: 'Connect gateway is asked for and the cluster is in no fleet',
    code: 'cluster-unreachable',
    says: /not registered in a fleet.*--enable-fleet/u,
    arrange: nothing,
    options: { ...KEYS, endpoint: 'connect-gateway' },
  },
];

cloudContract('gke', startScene, failures);
