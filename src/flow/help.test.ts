import { describe, expect, test } from 'vitest';
import { parseCommand } from '../core/parse-command.ts';
import { verbs } from '../verbs/index.ts';
import { help } from './help.ts';

const said = (name?: string) => {
  const reply = help(
    { verbs },
    verbs.find((verb) => verb.name === name),
  );
  if (reply.kind !== 'say') throw new Error(reply.kind);
  return { ...reply, lines: reply.lines ?? [] };
};

describe('help', () => {
  test('names every verb with its effect, and every word beside them', () => {
    const firstWords = said().lines.map((line) => line.split(' ')[0]);
    expect(firstWords).toEqual([
      ...verbs.map(({ name }) => name),
      ...['clusters', 'check', 'status', 'in-force', 'download', 'cancel', 'help'],
    ]);
    expect(said().lines).toContainEqual(expect.stringMatching(/^cordon .* \(change\)$/));
  });

  test.each([
    [
      'label',
      '/k8s label [provider] [cluster] pod|node|deployment|statefulset|daemonset|replicaset/<name> [KEY=VALUE …] [-n ns] [--overwrite] [--reason "…"]',
    ],
    [
      'unlabel',
      '/k8s unlabel [provider] [cluster] pod|node|deployment|statefulset|daemonset|replicaset/<name> KEY … [-n ns] [--reason "…"]',
    ],
    ['cordon', '/k8s cordon [provider] [cluster] node/<name> [--no-hold] [--overwrite] [--reason "…"]'],
    ['uncordon', '/k8s uncordon [provider] [cluster] node/<name> [--reason "…"]'],
    ['undo', '/k8s undo <run> [--reason "…"]'],
    [
      'acquire',
      '/k8s acquire [provider] [cluster] pod/<name> [-n ns] [-c container] [--max-size SIZE] [--path PATH] [--deadline TIME] [--reason "…"]',
    ],
  ])('of %s shows how it is written', (name, usage) => expect(said(name).lines[0]).toBe(usage));

  test('of a verb explains its operands, flags and switches, and what it may do to its targets', () => {
    expect(said('label').lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^KEY=VALUE {2}The labels to set/),
        expect.stringMatching(/^--overwrite {2}Replaces a label/),
        expect.stringMatching(
          /^Permissions it needs: get pods, patch pods, get nodes, .*patch replicasets\.apps\.$/,
        ),
      ]),
    );
    expect(said('acquire').lines).toContainEqual(
      'Permissions it needs: get pods, get pods/log, get pods/exec, create pods/exec.',
    );
    expect(said('acquire').lines).toContainEqual(expect.stringMatching(/^--path PATH {2}Only this path/));
  });

  test.each(verbs.map(({ name }) => name))('of %s ends with a command that is understood', (name) => {
    const clusters = [{ name: 'prod-cluster', provider: 'eks' as const }];
    const { example = '' } = said(name);
    expect(parseCommand(example.replace('/k8s ', ''), { verbs, clusters })).toMatchObject({ verb: { name } });
  });
});
