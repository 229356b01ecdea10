import { describe, expect, test } from 'vitest';
import { clouds } from '../clouds/index.ts';
import { parseConfig } from '../config.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { digest } from '../runtime/digest.ts';
import { verbs } from '../verbs/index.ts';

const DIGEST = `sha256:${'0f'.repeat(32)}`;
const context = { path: '/etc/firebreak/firebreak.yml', dataDir: '/data', clouds, verbs, digest };
const parse = (keys: string) =>
  parseConfig(
    `clusters:\n  lab:\n    provider: kubeconfig\n    path: ./kubeconfig\n    ${keys}\nevidence: { directory: ./evidence }\nchannels: {}\n`,
    context,
  );
const entry = (keys: string) => parse(keys).clusters[0];
const refusal = (keys: string): string => {
  try {
    parse(keys);
  } catch (thrown) {
    if (thrown instanceof FirebreakError) return thrown.message;
    throw thrown;
  }
  throw new Error('the file was taken');
};

describe('what a cluster says of footholds', () => {
  test('is filled in where nothing is said, but for the image', () => {
    const filled = entry('');
    expect(filled).toMatchObject({
      footholds: {
        namespace: 'firebreak-footholds',
        nodeNamespace: 'firebreak-node-footholds',
        deadlineMs: 43_200_000,
      },
      isolation: { proofEveryMs: 300_000 },
    });
    expect(filled).not.toHaveProperty('toolImage');
    expect(filled?.isolation).not.toHaveProperty('canary');
  });

  test('is taken as it is written', () => {
    expect(entry('footholds: { namespace: probes, nodeNamespace: nodes, deadline: 20m }')).toMatchObject({
      footholds: { namespace: 'probes', nodeNamespace: 'nodes', deadlineMs: 1_200_000 },
    });
    expect(entry('isolation: { canary: "canary.example.com:443", proofEvery: 90s }')).toMatchObject({
      isolation: { canary: { host: 'canary.example.com', port: 443 }, proofEveryMs: 90_000 },
    });
    expect(entry('isolation: { canary: "[2001:db8::1]:53" }')?.isolation.canary).toEqual({
      host: '2001:db8::1',
      port: 53,
    });
    expect(entry('isolation: { canary: "192.0.2.7:443" }')?.isolation.canary?.host).toBe('192.0.2.7');
  });

  test.each([
    `registry.example.com/firebreak-tools@${DIGEST}`,
    `registry.example.com:5000/a/b_c/firebreak-tools:1.2@${DIGEST}`,
    `111122223333.dkr.ecr.eu-west-1.amazonaws.com/tools@${DIGEST}`,
  ])('takes the image %s', (image) => expect(entry(`toolImage: "${image}"`)?.toolImage).toBe(image));

  test.each([
    'registry.example.com/firebreak-tools:latest',
    'registry.example.com/firebreak-tools',
    'registry.example.com/firebreak-tools@sha256:0f0f',
    `registry.example.com/firebreak-tools@sha256:${'0F'.repeat(32)}`,
    `registry.example.com/firebreak tools@${DIGEST}`,
    `https://registry.example.com/firebreak-tools@${DIGEST}`,
  ])('refuses the image %s, with its line', (image) =>
    expect(refusal(`toolImage: "${image}"`)).toMatch(
      /line 5: clusters\.lab\.toolImage: the tool image by its digest is expected: .*@sha256:/,
    ),
  );

  test.each([
    ['an unknown key', 'footholds: { image: x }', 'footholds.image: this version does not act on this key'],
    ['an unknown key of isolation', 'isolation: { endpoint: x }', 'isolation.endpoint: this version'],
    ['an image within', `footholds: { toolImage: "x@${DIGEST}" }`, 'footholds.toolImage: this version'],
    ['one namespace for both', 'footholds: { nodeNamespace: firebreak-footholds }', 'another namespace than'],
    ['a namespace that can’t exist', 'footholds: { namespace: "pay*" }', 'a namespace by its name'],
    ['a deadline without a unit', 'footholds: { deadline: "30" }', 'a time such as 90s'],
    ['a deadline that is a number', 'footholds: { deadline: 30 }', 'a time such as 90s'],
    ['a deadline of seconds', 'footholds: { deadline: 5s }', 'footholds.deadline: at least 60s'],
    ['proofs without a pause', 'isolation: { proofEvery: 1s }', 'isolation.proofEvery: at least 60s'],
    ['a canary without a port', 'isolation: { canary: canary.example.com }', 'host:port is expected'],
    ['a canary at no port', 'isolation: { canary: "canary:70000" }', 'host:port is expected'],
    ['a canary that is a URL', 'isolation: { canary: "https://canary:443" }', 'host:port is expected'],
    ['a canary that a shell would read', 'isolation: { canary: "$(id):443" }', 'host:port is expected'],
    ['a canary in brackets that is no IPv6', 'isolation: { canary: "[a]:443" }', 'host:port is expected'],
  ])('refuses %s, with its line', (_what, keys, says) => {
    expect(refusal(keys)).toContain('line 5: clusters.lab.');
    expect(refusal(keys)).toContain(says);
  });

  test.each([`toolImage: "x@${DIGEST}"`, 'footholds: { deadline: 2h }', 'isolation: { proofEvery: 10m }'])(
    'is part of the policy that an approval binds: %s',
    (keys) => expect(parse(keys).policyDigest).not.toBe(parse('').policyDigest),
  );
});
