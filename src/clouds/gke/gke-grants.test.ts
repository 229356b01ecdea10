import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { gkeGrants } from './gke-grants.ts';
import { gkeOptionsSchema } from './gke-options.ts';

const roleSchema = z.object({ includedPermissions: z.array(z.string()) });
const grants = (keys: object, identity: 'read' | 'act' = 'act') =>
  gkeGrants(
    gkeOptionsSchema.parse({ project: 'shop-prod', location: 'europe-west1', name: 'prod', ...keys }),
    { identity },
  );
const permissions = (keys: object): readonly string[] => {
  const role = grants(keys).grants.find(({ format }) => format === 'yaml')?.text ?? '';
  return roleSchema.parse(parse(role)).includedPermissions;
};
const shell = (keys: object, identity?: 'read'): string =>
  grants(keys, identity)
    .grants.flatMap(({ format, text }) => (format === 'shell' ? [text] : []))
    .join('\n');

describe('what a GKE cluster asks of IAM', () => {
  test.each([
    ['public', ['container.clusters.get']],
    ['private', ['container.clusters.get']],
    ['connect-gateway', ['container.clusters.get']],
    ['dns', ['container.clusters.get', 'container.clusters.connect']],
    [undefined, ['container.clusters.get', 'container.clusters.connect']],
  ])('by the endpoint %s is no more than it needs', (endpoint, needs) => {
    expect(permissions({ endpoint })).toEqual(needs);
  });

  test('through Connect gateway is to read for planning, and streams for acting', () => {
    const keys = { endpoint: 'connect-gateway', impersonate: 'a@shop-prod.iam.gserviceaccount.com' };
    expect(shell(keys, 'read')).toContain('--role=projects/shop-prod/roles/firebreak_gateway');
    expect(shell(keys, 'read')).not.toContain('gatewayAdmin');
    expect(shell(keys)).toContain('--role=roles/gkehub.gatewayAdmin');
    expect(shell({})).not.toContain('gkehub');
  });

  test('is granted to the account that is impersonated, who is also the subject in RBAC', () => {
    const impersonate = 'a@shop-prod.iam.gserviceaccount.com';
    expect(grants({ impersonate }).subject).toEqual({ kind: 'User', name: impersonate });
    expect(shell({ impersonate })).toContain(
      `--role=projects/shop-prod/roles/firebreak --member='serviceAccount:${impersonate}'`,
    );
  });

  test('lets each account impersonate the next one alone', () => {
    const [first, last] = ['b@tools.iam.gserviceaccount.com', 'c@shop-prod.iam.gserviceaccount.com'];
    const bindings = shell({ impersonate: last, delegates: [first] })
      .split('\n')
      .filter((line) => line.includes('service-accounts'));
    const role = '--role=roles/iam.serviceAccountTokenCreator';
    expect(bindings).toEqual([
      `gcloud iam service-accounts add-iam-policy-binding ${first} ${role} --member='serviceAccount:<e-mail of the account that Firebreak starts with>'`,
      `gcloud iam service-accounts add-iam-policy-binding ${last} ${role} --member='serviceAccount:${first}'`,
    ]);
    expect(shell({})).not.toContain('serviceAccountTokenCreator');
  });
});
