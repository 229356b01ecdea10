import { describe, expect, test } from 'vitest';
import { verbs } from '../verbs/index.ts';
import { type Parsed, parseCommand, type VerbCommand } from './parse-command.ts';

const one = [{ name: 'prod-cluster', provider: 'kubeconfig' as const }];
const two = [...one, { name: 'lab', provider: 'eks' as const }];

const parse = (text: string, clusters: Parameters<typeof parseCommand>[1]['clusters'] = one): Parsed =>
  parseCommand(text, { verbs, clusters });

const parsed = (text: string, clusters?: Parameters<typeof parseCommand>[1]['clusters']): VerbCommand => {
  const result = parse(text, clusters);
  if (result.kind !== 'verb') throw new Error(`${text} was read as ${JSON.stringify(result)}`);
  return result;
};

const mistake = (text: string, clusters?: Parameters<typeof parseCommand>[1]['clusters']) => {
  const result = parse(text, clusters);
  if (result.kind !== 'mistake') throw new Error(`${text} was read as ${result.kind}`);
  return result;
};

describe('a command', () => {
  test('names verb, provider, cluster, target, namespace, container and flags as kubectl would', () => {
    const command = parsed(
      'acquire kubeconfig prod-cluster pod/x -n payments -c app --max-size 500MiB --path /data --path /srv --reason "odd traffic"',
    );
    expect(command).toMatchObject({
      cluster: 'prod-cluster',
      target: { kind: 'pod', name: 'x' },
      namespace: 'payments',
      container: 'app',
      reason: 'odd traffic',
      arguments: { 'max-size': 500 * 1024 ** 2, path: ['/data', '/srv'] },
      notes: [],
    });
    expect(command.verb.name).toBe('acquire');
  });

  test.each([
    '-n=payments',
    '-n payments',
    '--namespace payments',
    '--namespace=payments',
    '—namespace payments',
    '–namespace=payments',
  ])('takes the namespace as %s', (flag) =>
    expect(parsed(`inspect pod/x ${flag}`).namespace).toBe('payments'),
  );

  test('takes flags before the target too, and short names of kinds', () => {
    expect(parsed('inspect -n payments po/x')).toMatchObject({
      namespace: 'payments',
      target: { kind: 'pod', name: 'x' },
    });
  });

  test('reads what a phone makes of dashes and quotes, and leaves them alone inside a text', () => {
    expect(parsed('acquire pod/x —reason “c2 — beacon, it’s odd”').reason).toBe('c2 — beacon, it’s odd');
  });

  test('needs no provider, and no cluster in a channel that has one', () => {
    expect(parsed('inspect pod/x').cluster).toBe('prod-cluster');
    expect(parsed('inspect lab pod/x', two).cluster).toBe('lab');
    expect(parsed('inspect eks pod/x', two).cluster).toBe('lab');
  });

  test('offers the clusters of a channel that has several, each as a whole command', () => {
    const result = parse('inspect pod/x -n payments', two);
    expect(result).toMatchObject({
      kind: 'which cluster',
      options: [
        { label: 'prod-cluster (kubeconfig)', command: 'inspect prod-cluster pod/x -n payments' },
        { label: 'lab (eks)', command: 'inspect lab pod/x -n payments' },
      ],
    });
  });

  test('with a wrong provider is corrected, and says so', () => {
    expect(parsed('inspect gke prod-cluster pod/x').notes).toEqual([
      'prod-cluster is a kubeconfig cluster, not gke: read as kubeconfig.',
    ]);
  });
});

describe('a mistake is named, with the nearest right spelling and a complete example', () => {
  test.each([
    ['aquire pod/x', 'Did you mean `acquire`?'],
    ['frobnicate pod/x', 'There is no verb `frobnicate`.'],
    ['inspect prod-clutser pod/x', 'Did you mean `prod-cluster`?'],
    ['inspect kubeconfg prod-cluster pod/x', 'Did you mean `kubeconfig`?'],
    ['inspect pdo/x', 'Did you mean `pod`?'],
    ['inspect node/x', 'works on a pod, not on a node'],
    ['inspect pod x', '`pod/x`'],
    ['inspect', 'Say what to inspect'],
    ['inspect pod/X_y', 'can’t be the name'.replace('’', "'")],
    ['inspect pod/x/../y', "can't be the name"],
    ['inspect pod/x -n "Pay Ments"', "can't be a namespace"],
    ['acquire pod/x -c "a b"', "can't be a container"],
    ['inspect pod/x --namespcae payments', 'Did you mean `--namespace`?'],
    ['inspect pod/x -n', '`-n` needs a value.'],
    ['inspect pod/x -n -c', '`-n` needs a value.'],
    ['inspect pod/x -n a -n b', 'was given twice'],
    ['acquire pod/x --max-size lots', 'a size such as 500MiB or 2GiB is expected'],
    ['acquire pod/x --deadline 13h', 'at most 12h'],
    ['acquire pod/x --path ../etc', 'an absolute path'],
    ['acquire pod/x --path /a/../b', 'an absolute path'],
    ['acquire pod/x --reason "never closed', 'A quote was opened'],
    ['inspect pod/x extra', 'stands after the target'],
    ['acquire pod/x --image evil:latest', 'There is no flag `--image`'],
    ['acquire https://evil.example/pod/x', 'There is no kind `https:`'],
    ['acquire pod/x -- sh -c id', 'is not a flag'],
    [`acquire pod/x --reason "${'r'.repeat(501)}"`, '500 is the most'],
    ['cancel something', 'Say which run'],
    ['status everything', 'is not the id of a run'],
    ['help nothing', 'There is no verb `nothing`'],
    ['in-froce', 'Did you mean `in-force`? /k8s in-force'],
    ['download something', 'Say whose evidence'],
    ['inspect pod/x -c app', 'leave `-c` out'],
    ['label pod/x -c app', 'leave `-c` out'],
    ['cordon node/x -n payments', 'A node lies outside every namespace: leave `-n` out.'],
    ['cordon pod/x', '`cordon` works on a node, not on a pod.'],
    ['cordon', 'Say what to cordon: a node.'],
    ['cordon node/x now', 'stands after the target'],
    ['cordon node/x --no-hold=true', '`--no-hold` takes no value'],
    ['cordon node/x --no-hlod', 'Did you mean `--no-hold`?'],
    ['label node x quarantine=true', '/k8s label node/x quarantine=true'],
    ['label pod x example.com/team=red', '/k8s label pod/x example.com/team=red'],
    ['label pod/x quarantine', 'KEY=VALUE is expected'],
    ['label pod/x quarantine-', '`unlabel` takes labels away'],
    ['label pod/x -quarantine=true', 'There is no flag'],
    ['label pod/x a=1 "b=x y"', "`b=x y` can't be used: the value of a label"],
    ['label quarantine=true pod/x', '`quarantine=true` goes after the target.'],
    ['unlabel pod/x', 'KEY, once or several times'],
    ['unlabel pod/x quarantine=true', 'only the KEY is expected'],
    ['undo', 'Say which run to undo'],
    ['undo node/x', '`node/x` is not the id of a run'],
    ['undo prod-cluster FB-2026-0007-3', '`prod-cluster` is not the id of a run'],
    ['undo FB-2026-0007-3 quarantine', 'takes one run, whole'],
    ['undo FB-2026-0007-3 -n payments', 'leave `-n` out'],
    ['undo FB-2026-0007-3 -c app', 'leave `-c` out'],
  ])('%s', (text, says) => {
    const { sentence, example } = mistake(text);
    expect(`${sentence} ${example}`).toContain(says);
    expect(example).toMatch(/^\/k8s [a-z]+/);
    expect(parse(example.replace('/k8s ', '')).kind).not.toBe('mistake');
  });

  test.each([
    ['cordon node/X', '/k8s cordon lab node/ip-10-0-1-7 --reason "compromised pod"'],
    ['cordon nod/x', '/k8s cordon lab node/ip-10-0-1-7 --reason "compromised pod"'],
    ['cordno node/x', '/k8s cordon lab node/ip-10-0-1-7 --reason "compromised pod"'],
    ['label node/x -n payments', '/k8s label lab node/ip-10-0-1-7 quarantine=true'],
    ['label deploy/x =', '/k8s label lab deployment/checkout -n payments quarantine=true'],
    ['cordon node/x --overwrite=yes', '/k8s cordon lab node/ip-10-0-1-7 --overwrite'],
    ['undo something', '/k8s undo FB-2026-0007-3 --reason "case closed"'],
    ['undo FB-2026-0007-3 --reason "never closed', '/k8s undo FB-2026-0007-3 --reason "case closed"'],
    ['uncordon node/x --reason "never closed', '--reason "odd outbound traffic"'],
  ])('%s: with an example of the very verb, kind and cluster', (text, example) => {
    expect(mistake(text, [{ name: 'lab', provider: 'eks' }]).example).toContain(example);
  });

  test('a channel without clusters is told so', () => {
    expect(mistake('inspect pod/x', []).sentence).toContain('no clusters');
  });
});

describe('a verb with operands and switches', () => {
  test('takes the words after the target, wherever flags and switches stand', () => {
    for (const text of [
      'label prod-cluster pod/x -n payments quarantine=true example.com/team=red --overwrite',
      'label prod-cluster pod/x --overwrite quarantine=true -n payments example.com/team=red',
      'label --overwrite -n payments prod-cluster pod/x quarantine=true example.com/team=red',
    ])
      expect(parsed(text)).toMatchObject({
        cluster: 'prod-cluster',
        target: { kind: 'pod', name: 'x' },
        namespace: 'payments',
        arguments: { labels: ['quarantine=true', 'example.com/team=red'], overwrite: 'yes' },
      });
  });

  test('has no arguments where nothing was said', () => {
    expect(parsed('label deploy/x -n payments').arguments).toEqual({});
    expect(parsed('cordon no/ip-10-0-1-7.ec2.internal')).toMatchObject({
      target: { kind: 'node', name: 'ip-10-0-1-7.ec2.internal' },
      arguments: {},
    });
    expect(parsed('cordon node/x --no-hold').arguments).toEqual({ 'no-hold': 'yes' });
  });

  test('takes kubectl’s way to remove a label for its key', () => {
    expect(parsed('unlabel pod/x quarantine- team').arguments).toEqual({ labels: ['quarantine', 'team'] });
  });

  test('keeps its operands in the command that names a cluster', () => {
    expect(parse('label pod/x a=1 --overwrite b=2', two)).toMatchObject({
      options: [{ command: 'label prod-cluster pod/x a=1 --overwrite b=2' }, {}],
    });
  });
});

test('a verb on a run takes its id in any case, and needs no cluster', () => {
  expect(parse('undo fb-2026-0007-3 --reason "case closed"', two)).toMatchObject({
    kind: 'verb on run',
    verb: { name: 'undo' },
    run: 'FB-2026-0007-3',
    reason: 'case closed',
    arguments: {},
    notes: [],
  });
});

test.each(
  verbs.flatMap((verb) =>
    [
      ...verb.examples,
      ...Object.values(verb.flags).map(({ example }) => example),
      ...Object.values(verb.switches ?? {}).map(({ example }) => example),
    ].map((example) => ({ verb: verb.name, example })),
  ),
)('the example of $verb is a command of that verb: $example', ({ verb, example }) => {
  const clusters = [{ name: 'prod-cluster', provider: 'eks' as const }];
  expect(parse(example.replace('/k8s ', ''), clusters)).toMatchObject({
    kind: expect.stringMatching(/^verb/),
    verb: { name: verb },
  });
});

test('the words beside the verbs are read', () => {
  expect(parse('')).toEqual({ kind: 'help' });
  expect(parse('help acquire')).toMatchObject({ kind: 'help', verb: { name: 'acquire' } });
  expect(parse('Clusters')).toEqual({ kind: 'clusters' });
  expect(parse('status')).toEqual({ kind: 'status' });
  expect(parse('status FB-2026-0007-1')).toEqual({ kind: 'status', run: 'FB-2026-0007-1' });
  expect(parse('cancel fb-2026-0007-1')).toEqual({ kind: 'cancel', run: 'FB-2026-0007-1' });
  expect(parse('in-force')).toEqual({ kind: 'in force' });
  expect(parse('help in-force')).toEqual({ kind: 'help' });
  expect(parse('download fb-2026-0007-1')).toEqual({ kind: 'download', run: 'FB-2026-0007-1' });
  expect(parse('download FB-2026-0007-1 logs/App.previous.log')).toEqual({
    kind: 'download',
    run: 'FB-2026-0007-1',
    name: 'logs/App.previous.log',
  });
});

test.each([
  ['inspect --reason "see pod/x" pod/x', 'inspect --reason "see pod/x" prod-cluster pod/x'],
  ['inspect "pod/x" -n payments', 'inspect prod-cluster pod/x -n payments'],
  [`acquire —reason 'he said “no”' pod/x`, `acquire --reason 'he said “no”' prod-cluster pod/x`],
  ['acquire --path "/a b" --path=/c pod/x', 'acquire --path "/a b" --path=/c prod-cluster pod/x'],
  ['inspect kubeconfig pod/x', 'inspect kubeconfig prod-cluster pod/x'],
])('the offered command of %s is read as it was meant', (typed, offered) => {
  const result = parse(typed, [...two, { name: 'other', provider: 'kubeconfig' }]);
  if (result.kind !== 'which cluster') throw new Error(`read as ${result.kind}`);
  expect(result.options[0]?.command).toBe(offered);
  const again = parsed(offered, two);
  expect(again).toMatchObject({ cluster: 'prod-cluster', target: { name: 'x' } });
});

test('an example of a mistake is not the mistake again', () => {
  expect(mistake('inspect pod   x -n a').example).toBe('/k8s inspect pod/x -n a');
  expect(mistake(`inspect pod $'`).example).not.toContain('pod $');
  expect(parse('help Acquire')).toMatchObject({ kind: 'help', verb: { name: 'acquire' } });
});

test('check is said of one cluster or of all of them, with or without its provider', () => {
  expect(parse('check', two)).toEqual({ kind: 'check' });
  for (const text of ['check lab', 'check eks lab', 'check eks', 'Check EKS lab'])
    expect(parse(text, two)).toEqual({ kind: 'check', cluster: 'lab' });
  expect(mistake('check labb', two)).toMatchObject({
    sentence: 'There is no cluster `labb` in this channel. Did you mean `lab`? It has: prod-cluster, lab.',
    example: '/k8s check prod-cluster',
  });
  expect(mistake('chek lab').sentence).toContain('Did you mean `check`?');
});
