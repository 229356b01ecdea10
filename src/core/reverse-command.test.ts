import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Write } from './change.ts';
import { lookCommand, reverseCommand } from './reverse-command.ts';

const node: Write = {
  object: { kind: 'node', namespace: '', name: 'ip-10-0-1-7', uid: 'u' },
  fields: [
    { path: ['spec', 'unschedulable'], before: null, after: true },
    { path: ['metadata', 'annotations', 'karpenter.sh/do-not-disrupt'], before: 'false', after: 'true' },
    { path: ['metadata', 'labels', 'firebreak.dev/case'], before: null, after: 'FB-2026-0007' },
  ],
};

/** The words that a POSIX shell makes of a command, its first one replaced by a program that prints them. */
const words = (command: string): readonly string[] =>
  execFileSync('sh', ['-c', `set -- ${command}; printf '%s\\0' "$@"`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

describe('the command that puts a write back', () => {
  test('patches the object with what stood there before, marks too', () => {
    expect(words(reverseCommand(node))).toEqual([
      ...['kubectl', 'patch', 'nodes/ip-10-0-1-7', '--type=merge', '-p'],
      JSON.stringify({
        spec: { unschedulable: null },
        metadata: {
          annotations: { 'karpenter.sh/do-not-disrupt': 'false' },
          labels: { 'firebreak.dev/case': null },
        },
      }),
    ]);
  });

  test.each([
    "it's",
    "''",
    "'; rm -rf / #",
    '$(id) `id` $HOME $IFS',
    'back\\slash \\',
    '"quoted"',
    'line\nbreak\ttab',
    '* ? ~ ! & | ; < >',
    'ünï 日本 \u2028',
    '%s %d',
    '',
  ])('is one that a shell takes apart as it was meant, whatever stood there: %j', (before) => {
    const path = ['metadata', 'annotations', "a'b"];
    const command = reverseCommand({ ...node, fields: [{ path, before, after: 'true' }] });
    const [patch] = words(command).slice(-1);
    expect(words(command)).toHaveLength(6);
    expect(JSON.parse(patch ?? '')).toEqual({ metadata: { annotations: { "a'b": before } } });
  });

  test('is printable ASCII alone, so that a pre-image can neither hide nor act in a terminal', () => {
    const before = 'DEL \u007f, bidi \u202e, C1 \u009b, 日本';
    const path = ['metadata', 'annotations', 'note'];
    const command = reverseCommand({ ...node, fields: [{ path, before, after: 'true' }] });
    expect(command).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(words(command).at(-1) ?? '')).toEqual({ metadata: { annotations: { note: before } } });
  });

  test.each([
    ['pod', 'pods/x -n payments'],
    ['deployment', 'deployments/x -n payments'],
    ['statefulset', 'statefulsets/x -n payments'],
  ] as const)('names a %s with its namespace', (kind, where) => {
    const object = { kind, namespace: 'payments', name: 'x', uid: 'u' };
    expect(reverseCommand({ ...node, object })).toContain(`kubectl patch ${where} --type=merge -p '`);
    expect(lookCommand(object)).toBe(`kubectl get ${where} -o yaml`);
  });

  test('looks at what lies outside every namespace without one', () => {
    expect(lookCommand(node.object)).toBe('kubectl get nodes/ip-10-0-1-7 -o yaml');
  });
});

describe('the command for what Firebreak made', () => {
  const object = {
    kind: 'networkpolicy',
    namespace: 'payments',
    name: 'firebreak-a',
    uid: 'made:x',
  } as const;
  const whole = (before: string | null, after: string | null): Write => ({
    object,
    fields: [{ path: ['(object)'], before, after }],
  });

  test('deletes it by its whole kind, since several groups have network policies', () => {
    expect(words(reverseCommand(whole(null, '{}')))).toEqual([
      ...['kubectl', 'delete', 'networkpolicies.networking.k8s.io/firebreak-a', '-n', 'payments'],
    ]);
    const calico = { ...whole(null, '{}'), object: { ...object, kind: 'caliconetworkpolicy' } as const };
    expect(reverseCommand(calico)).toContain('networkpolicies.crd.projectcalico.org/firebreak-a');
    expect(
      reverseCommand({
        ...whole(null, '{}'),
        object: { ...object, kind: 'adminnetworkpolicy', namespace: '' },
      }),
    ).toBe('kubectl delete adminnetworkpolicies.policy.networking.k8s.io/firebreak-a');
  });

  test('makes it again with what stood there, to the byte', () => {
    const text = JSON.stringify({ metadata: { name: "it's $(id) %s \\ \u2028 ä" } });
    const command = reverseCommand(whole(text, null));
    expect(command).toMatch(/ \| kubectl create -f -$/u);
    const [print] = command.split(' | kubectl');
    const printed = execFileSync('sh', ['-c', print ?? ''], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual(JSON.parse(text));
  });

  test('only looks at a pod with a container that it can not lose', () => {
    const pod = { kind: 'pod', namespace: 'payments', name: 'x', uid: 'u' } as const;
    const path = ['spec', 'ephemeralContainers', 'tool'];
    expect(reverseCommand({ object: pod, fields: [{ path, before: null, after: '{}' }] })).toBe(
      'kubectl get pods/x -n payments -o yaml',
    );
  });
});
