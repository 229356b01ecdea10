import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { asLedgerKnows, netnsByHand, netnsName, netnsOf, netnsTable, podOfNetns } from './netns.ts';
import { lookCommand, reverseCommand } from './reverse-command.ts';
import { OBJECT_PATH } from './structure.ts';

const RUN = 'FB-2026-0007-3';
const UID = '6f1de3a7-2c1b-4f0e-9a51-0d2f6b1c9e44';
const body = {
  kind: 'NetworkNamespace',
  metadata: { name: netnsName('web.0', RUN), namespace: 'shop' },
  spec: {
    pod: { namespace: 'shop', name: 'web.0', uid: UID },
    node: 'ip-10-0-1-7',
    toolImage: 'registry.example/tools@sha256:0',
    table: netnsTable(RUN),
    admits: { from: ['10.0.1.7', 'fd00::7'], ports: [8080] },
  },
};
const text = JSON.stringify(body);
const object = { kind: 'netns', namespace: 'shop', name: netnsName('web.0', RUN), uid: 'u' } as const;

describe('the rules in a pod’s network namespace', () => {
  test('have a name that tells the pod and the run, and a table that nft takes', () => {
    expect(netnsTable(RUN)).toBe('firebreak_fb_2026_0007_3');
    expect(object.name).toBe('web.0.firebreak_fb_2026_0007_3');
    expect(podOfNetns(object)).toBe('web.0');
  });

  test.each([
    ['a table of somebody else’s', { table: 'filter' }],
    ['a table that a shell reads', { table: "firebreak_x'; reboot; '" }],
    ['an address that is none', { admits: { from: ['0.0.0.0/0'], ports: [] } }],
    ['a port that is none', { admits: { from: [], ports: [0] } }],
    ['a UID that is none', { pod: { ...body.spec.pod, uid: '*' } }],
  ])('are never %s', (_what, wrong) => {
    expect(() => netnsOf(JSON.stringify({ ...body, spec: { ...body.spec, ...wrong } }))).toThrow();
  });

  test('are planned by the ledger’s text and the UID that the run learned', () => {
    expect(asLedgerKnows(text, '1-2')).toEqual({ ...body, metadata: { ...body.metadata, uid: '1-2' } });
  });

  test('are taken away by hand from a debugging pod on the node, whichever way that writes the UID', () => {
    const command = reverseCommand({ object, fields: [{ path: OBJECT_PATH, before: null, after: text }] });
    expect(command).toBe(netnsByHand(text));
    const words = execFileSync('sh', ['-c', `set -- ${command}; printf '%s\\0' "$@"`], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1);
    expect(words.slice(0, 4)).toEqual(['kubectl', 'debug', 'node/ip-10-0-1-7', '-it']);
    expect(words.at(-1)).toContain(`pod${UID.replaceAll('-', '[-_]')} `);
    expect(words.at(-1)).toContain('nft delete table inet firebreak_fb_2026_0007_3');
    expect(lookCommand(object)).toBe('kubectl get pods/web.0 -n shop -o wide');
  });
});
