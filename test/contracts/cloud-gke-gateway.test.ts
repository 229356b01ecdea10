import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { CloudGrants, ClusterAccess, Identity } from '../../src/core/cloud.ts';
import { createClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { createTestAuthority } from './cloud-certificates.ts';
import { type GkeScene, KEYS, RESPONDER, startGkeScene } from './gke-scene.ts';
import { serveGateway } from './serve-gateway.ts';

const { signal } = new AbortController();
const HOST = 'connectgateway.googleapis.com';
const MEMBERSHIP = '//gkehub.googleapis.com/projects/1234567/locations/global/memberships/prod';

let scene: GkeScene;
beforeEach(async () => {
  scene = await startGkeScene();
  scene.describeAs({
    endpoint: '192.0.2.7',
    caPem: createTestAuthority('prod').caPem,
    more: { fleet: { membership: MEMBERSHIP } },
  });
});
afterEach(() => scene.close());

const options = (): unknown =>
  scene.cloud.access.readOptions({ ...KEYS, impersonate: RESPONDER, endpoint: 'connect-gateway' });
const connect = (): Promise<ClusterAccess> => scene.cloud.access.connect(options(), scene.context, signal);
const printed = (identity: Identity): CloudGrants =>
  scene.cloud.access.grants(options(), { cluster: 'prod-cluster', identity });

const roleSchema = z.object({ includedPermissions: z.array(z.string()) });
/** What the printed roles hold, as far as the gateway asks for it. Source: IAM roles and permissions, GKE Hub. */
const PREDEFINED: Readonly<Record<string, readonly string[]>> = {
  'roles/gkehub.gatewayReader': ['gkehub.gateway.get'],
  'roles/gkehub.gatewayAdmin': ['get', 'post', 'put', 'patch', 'delete', 'stream'].map(
    (method) => `gkehub.gateway.${method}`,
  ),
};
const gatewayPermissions = ({ grants }: CloudGrants): ReadonlySet<string> =>
  new Set(
    grants
      .flatMap(({ format, text }) =>
        format === 'yaml'
          ? roleSchema.parse(parse(text)).includedPermissions
          : Object.entries(PREDEFINED).flatMap(([role, held]) =>
              text.includes(`--role=${role} `) ? held : [],
            ),
      )
      .filter((permission) => permission.startsWith('gkehub.gateway.')),
  );

describe('through Connect gateway', () => {
  test('what plans gets by with what is printed for it, and needs all of it', async () => {
    const granted = gatewayPermissions(printed('read'));
    const needed = serveGateway(scene, HOST, granted);
    const client = createClusterClient({
      access: await connect(),
      cluster: 'prod-cluster',
      userAgent: 'firebreak/test',
      clock: systemClock,
      proxyEnvironment: scene.environment,
    });
    try {
      expect(await client.version(signal)).toBe('v1.36.2');
      expect(await client.allowed({ verb: 'list', group: '', resource: 'pods' }, {}, signal)).toBe(true);
    } finally {
      client.close();
    }
    expect([...granted].toSorted()).toEqual([...new Set(needed)].toSorted());
  });

  test('what acts is printed the one role that lets streams through', () => {
    expect([...gatewayPermissions(printed('act'))]).toContain('gkehub.gateway.stream');
    expect([...gatewayPermissions(printed('read'))]).not.toContain('gkehub.gateway.stream');
  });

  test.each(['read', 'act'] as const)(
    'what is printed for %s says where to find the project of the fleet',
    (identity) => {
      const titles = printed(identity).grants.map(({ title }) => title);
      expect(titles.join('\n')).toMatch(
        /in the project of the cluster's fleet, which may be another than shop-prod: .*gcloud container clusters describe prod --location=europe-west1 --project=shop-prod --format='value\(fleet\.membership\)'/u,
      );
    },
  );
});

describe("the number of the fleet's project, which the gateway's address needs,", () => {
  const NUMBER = '555555555555';
  const pathBy = async (fleet: object, keys: object = {}, more: object = {}): Promise<string> => {
    scene.describeAs({ ...keys, endpoint: '192.0.2.7', more: { fleet, ...more } });
    const wanted = { ...KEYS, impersonate: RESPONDER, endpoint: 'connect-gateway', ...keys };
    const read = scene.cloud.access.readOptions(wanted);
    return (await scene.cloud.access.connect(read, scene.context, signal)).server.pathname;
  };
  const member = (project: string) => ({
    membership: `//gkehub.googleapis.com/projects/${project}/locations/global/memberships/prod`,
  });
  const selfLink = `https://container.googleapis.com/v1/projects/shop-prod/locations/europe-west1/clusters/prod`;

  test.each([
    ["the membership's own", member('1234567'), {}, '1234567'],
    ["the fleet's", { ...member('fleet-host'), project: '1234567' }, {}, '1234567'],
    [
      "the configuration's, where the fleet is of the cluster's project",
      member('shop-prod'),
      { project: NUMBER },
      NUMBER,
    ],
  ])('is %s', async (_whose, fleet, keys, number) => {
    expect(await pathBy(fleet, keys, { selfLink })).toContain(`/projects/${number}/`);
  });

  test.each([
    ["is not the configuration's where the fleet is of another project", { selfLink }],
    ["is not the configuration's where GKE does not say whose the cluster is", { selfLink: undefined }],
  ])('%s', async (_what, more) => {
    const path = pathBy(member('fleet-host'), { project: NUMBER }, more);
    await expect(path).rejects.toMatchObject({ code: 'cluster-unreachable' });
    await expect(path).rejects.toThrow(/does not say the number of the project fleet-host of the fleet/u);
    await expect(path).rejects.toMatchObject({ next: expect.stringMatching(/^Choose another endpoint/u) });
  });

  test("is asked of whoever configures it where the fleet is of the cluster's project", async () => {
    const path = pathBy(member('shop-prod'), {}, { selfLink });
    await expect(path).rejects.toMatchObject({
      code: 'cluster-unreachable',
      next: expect.stringMatching(/^Set `project` in the configuration to the number of shop-prod/u),
    });
  });
});
