import { describe, expect, test } from 'vitest';
import { clouds } from './clouds/index.ts';
import { parseConfig } from './config.ts';
import { FirebreakError } from './core/firebreak-error.ts';
import { digest } from './runtime/digest.ts';
import { verbs } from './verbs/index.ts';

const context = { path: '/etc/firebreak/firebreak.yml', dataDir: '/data', clouds, verbs, digest };
const GOOD = `clusters:
  lab: { provider: kubeconfig, path: ./kubeconfig, context: kind-lab, namespaces: [payments] }
evidence: { directory: ./evidence, plaintext: true }
channels:
  C0123ABCD:
    clusters: [lab]
    rules:
      - { verbs: [inspect], approvals: 0 }
      - { verbs: [acquire, isolate], approvals: 1, approvers: [S0123, U0456], expires: 20m }
`;

const problems = (text: string): string => {
  try {
    parseConfig(text, context);
  } catch (thrown) {
    if (thrown instanceof FirebreakError) return thrown.message;
    throw thrown;
  }
  throw new Error('the file was taken');
};

describe('firebreak.yml', () => {
  test('is read into clusters, channels and evidence, with what was left out filled in', () => {
    const config = parseConfig(GOOD, context);
    expect(config.clusters).toMatchObject([
      { name: 'lab', provider: 'kubeconfig', namespaces: ['payments'], guard: { floorApprovals: 0 } },
    ]);
    expect(config.evidence).toEqual({
      kind: 'directory',
      directory: '/etc/firebreak/evidence',
      storage: 'plaintext',
    });
    expect(config.channels[0]?.rules[1]).toEqual({
      verbs: ['acquire', 'isolate'],
      approvals: 1,
      approvers: ['S0123', 'U0456'],
      selfApproval: false,
      expiresMs: 20 * 60_000,
    });
  });

  test('keeps evidence in the data folder and refuses plaintext unless it says otherwise', () => {
    const config = parseConfig(GOOD.replace(/^evidence.*$/m, ''), context);
    expect(config.evidence).toEqual({
      kind: 'directory',
      directory: '/data/evidence',
      storage: 'refused',
    });
  });

  test('keeps evidence in a bucket where it names one', () => {
    const s3 = (written: string) =>
      parseConfig(GOOD.replace(/^evidence.*$/m, `evidence: { s3: { ${written} } }`), context).evidence;
    expect(s3('bucket: evidence, region: eu-west-1')).toEqual({
      kind: 's3',
      s3: { bucket: 'evidence', region: 'eu-west-1', prefix: '' },
      storage: 'encrypted',
    });
    const everything = {
      bucket: 'evidence',
      region: 'eu-west-1',
      prefix: 'firebreak/prod/',
      endpoint: 'https://minio.example.com:9000',
      forcePathStyle: true,
      objectLock: { mode: 'COMPLIANCE', days: 365 },
      legalHold: true,
      kmsKeyId: 'alias/evidence',
    };
    expect(s3(JSON.stringify({ ...everything, prefix: 'firebreak/prod' }).slice(1, -1))).toMatchObject({
      s3: everything,
    });
  });

  test.each([
    [
      'both',
      'directory: ./here, s3: { bucket: evidence, region: r }',
      'to a directory or to s3, not to both',
    ],
    ['plaintext', 'plaintext: true, s3: { bucket: evidence, region: r }', 'S3 encrypts what it keeps'],
    ['no region', 's3: { bucket: evidence }', 'name the region of the bucket'],
    ['no bucket', 's3: { region: r }', 'name the bucket'],
    ['a bucket that is none', 's3: { bucket: My_Bucket, region: r }', 'a bucket by its name is expected'],
    ['an absolute prefix', 's3: { bucket: evidence, region: r, prefix: /x }', 'without a slash in front'],
    ['a prefix that climbs', 's3: { bucket: evidence, region: r, prefix: a/../b }', 'folders such as'],
    ['http', 's3: { bucket: evidence, region: r, endpoint: "http://minio:9000" }', 'https is expected'],
    ['a secret', 's3: { bucket: evidence, region: r, endpoint: "https://a:b@minio" }', 'without a user'],
    ['no URL', 's3: { bucket: evidence, region: r, endpoint: minio }', 'a URL such as'],
    ['a mode', 's3: { bucket: evidence, region: r, objectLock: { mode: SOFT, days: 1 } }', 'GOVERNANCE or'],
    ['days', 's3: { bucket: evidence, region: r, objectLock: { mode: GOVERNANCE, days: 0 } }', 'one day'],
    ['an unknown key', 's3: { bucket: evidence, region: r, acl: private }', 'evidence.s3.acl: this version'],
  ])('refuses evidence with %s, with its line', (_what, written, sentence) => {
    const message = problems(GOOD.replace(/^evidence.*$/m, `evidence: { ${written} }`));
    expect(message).toContain('line 3: evidence');
    expect(message).toContain(sentence);
  });

  test('has a digest that follows its meaning, not its comments', () => {
    const { policyDigest } = parseConfig(GOOD, context);
    expect(parseConfig(`# a comment\n${GOOD}`, context).policyDigest).toBe(policyDigest);
    expect(parseConfig(GOOD.replace('20m', '21m'), context).policyDigest).not.toBe(policyDigest);
  });

  test('with five mistakes of five kinds reports all five with their lines', () => {
    const message = problems(`clusters:
  lab: { provider: kubeconfig, path: ./kubeconfig, colour: red }
  prod: { provider: doks, name: prod }
evidence: { plaintext: maybe }
channels:
  C0123ABCD:
    clusters: [lab, gone]
    rules:
      - { verbs: [aquire], approvals: 0 }
`);
    expect(message).toContain('has 5 mistakes');
    expect(message).toMatch(/line 2: clusters\.lab\.colour: this version does not act on this key/);
    expect(message).toMatch(
      /line 3: clusters\.prod\.provider: there is no provider doks; this version reaches/,
    );
    expect(message).toMatch(/line 4: evidence\.plaintext/);
    expect(message).toMatch(/line 7: channels\.C0123ABCD\.clusters\.1: there is no cluster gone/);
    expect(message).toMatch(/line 9: .*there is no verb aquire/);
  });

  test('says what contain does and in which order, and changes the policy with it', () => {
    const config = parseConfig(`${GOOD}contain: { steps: [volatile, isolate, label] }\n`, context);
    expect(config.clusters[0]?.playbook).toEqual(['volatile', 'isolate', 'label']);
    expect(config.policyDigest).not.toBe(parseConfig(GOOD, context).policyDigest);
    expect(parseConfig(GOOD, context).clusters[0]?.playbook).toEqual([
      ...['hold', 'inspect', 'volatile', 'isolate', 'label', 'cordon'],
    ]);
  });

  test.each([
    ['an unknown step of contain', '[hold, isolat]', 'line 11: contain.steps.1: a step is one of hold,'],
    [
      'a step of contain twice',
      '[isolate, label, label]',
      'line 12: contain.steps.2: the step label is named twice',
    ],
    [
      'a contain that contains nothing',
      '[hold, label]',
      'line 10: contain.steps: the step isolate is missing',
    ],
    ['a hold after the cut', '[isolate, hold]', 'line 11: contain.steps.1: the step hold comes too late'],
    [
      'evidence after the cut',
      '[isolate, volatile]',
      'line 11: contain.steps.1: the step volatile comes too late',
    ],
    ['no list', 'isolate', 'line 10: contain.steps: a list of steps is expected'],
  ])('is refused with %s', (_what, steps, says) => {
    const lines = steps.replaceAll(', ', ',\n    ');
    expect(problems(`${GOOD}contain: { steps: ${lines} }\n`)).toContain(says);
  });

  test.each([
    ['a cluster named like a verb', GOOD.replaceAll('lab', 'acquire'), 'may not be named like'],
    ['a cluster named like a provider', GOOD.replaceAll('lab', 'eks'), 'may not be named like'],
    ['a cluster named like a kind', GOOD.replaceAll('lab', 'po'), 'may not be named like'],
    ['approvals without approvers', GOOD.replace('approvers: [S0123, U0456], ', ''), 'has to name approvers'],
    ['an approver by name', GOOD.replace('S0123', '"@kim"'), 'by its id is expected'],
    [
      'a store that this version does not write to',
      `${GOOD.replace(/^evidence.*$/m, 'evidence: { gcs: { bucket: b } }')}`,
      'evidence.gcs',
    ],
    ['an expiry without a unit', GOOD.replace('20m', '20'), 'a time such as'],
    ['a key twice', `${GOOD}evidence: {}\n`, 'line 10'],
    ['an alias without its anchor', GOOD.replace('[lab]', '*gone'), 'line 6: the alias *gone'],
    ['a tag that means nothing', GOOD.replace('true }', '!sure true }'), 'line 3: Unresolved tag'],
    [
      'aliases without an end',
      `${GOOD}a: &a [1, 2, 3, 4, 5]\nb: &b [*a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c]\n`,
      'Excessive alias count',
    ],
    ['an empty list of namespaces', GOOD.replace('[payments]', '[]'), 'line 2: clusters.lab.namespaces'],
    ['a namespace that can’t exist', GOOD.replace('[payments]', '["pay*"]'), 'clusters.lab.namespaces.0'],
    [
      'a protected namespace that can’t exist',
      GOOD.replace('namespaces: [payments]', 'protected: { namespaces: [Kube-System] }'),
      'clusters.lab.protected.namespaces.0',
    ],
    [
      'more approvals than people who can give them',
      GOOD.replace('approvals: 1, approvers: [S0123, U0456]', 'approvals: 2, approvers: [U0456, U0456]'),
      'asks for 2 approvals and names 1 person',
    ],
    ['text that is no YAML', 'clusters: [', 'line 1'],
    ['nothing at all', '', 'mistake'],
  ])('is refused with %s', (_what, text, says) => expect(problems(text)).toContain(says));
});
