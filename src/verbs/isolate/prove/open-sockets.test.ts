import { describe, expect, it } from 'vitest';
import { judgeSockets } from './judge-sockets.ts';
import { type Connection, leavesPod, openSocket, readConnection } from './open-sockets.ts';
import { provenPodSchema } from './proven-pod.ts';

const read = (local: string, remote: string, state = '01', inode = '4711'): Connection | undefined =>
  readConnection('tcp', [local, remote, state, inode]);
const known = (local: string, remote: string): Connection => {
  const found = read(local, remote);
  if (found === undefined) throw new Error('no connection');
  return found;
};

describe('a line of the kernel’s socket table', () => {
  it('has its addresses as the API server writes them', () => {
    const v4 = known('0C00F40A:9C9C', '0A00600A:0035');
    expect(openSocket(v4)).toEqual({ protocol: 'tcp', local: '10.244.0.12:40092', remote: '10.96.0.10:53' });
    const v6 = known('B80D0120000000000000000001000000:1F90', '0000000000000000FFFF00000C00F40A:0001');
    expect(openSocket(v6)).toMatchObject({ local: '[2001:db8::1]:8080', remote: '10.244.0.12:1' });
  });

  it.each([
    ['01', '4711', 'open'],
    ['05', '4711', 'open'],
    ['08', '4711', 'open'],
    ['05', '0', 'not open'],
    ['0A', '4711', 'not open'],
    ['06', '0', 'not open'],
    ['02', '4711', 'not open'],
  ])('of state %s and inode %s is %s', (state, inode, said) => {
    const found = read('0C00F40A:9C9C', '0A00600A:0035', state, inode);
    expect(found === undefined ? 'not open' : 'open').toBe(said);
  });

  it('is none when its address is no address', () => {
    expect(read('0C00F40A', '0A00600A:0035')).toBeUndefined();
    expect(read('0C00F40A:9C9C', '0A00600A00:0035')).toBeUndefined();
  });

  it('leaves the pod unless it leads to the loopback interface or to the pod itself', () => {
    const own = ['10.244.0.12'];
    expect(leavesPod(known('0C00F40A:9C9C', '0A00600A:0035'), own)).toBe(true);
    expect(leavesPod(known('0100007F:9C9C', '0200007F:0035'), own)).toBe(false);
    expect(leavesPod(known('0C00F40A:9C9C', '0C00F40A:0035'), own)).toBe(false);
    const six = '00000000000000000000000001000000:0001';
    expect(leavesPod(known(six, six), own)).toBe(false);
  });
});

describe('connections of a pod after the deny', () => {
  const pod = provenPodSchema.parse({
    metadata: { namespace: 'shop', name: 'web', uid: 'u' },
    spec: {
      containers: [
        {
          name: 'app',
          ports: [{ name: 'http', containerPort: 8080 }],
          readinessProbe: { httpGet: { port: 'http' } },
          livenessProbe: { tcpSocket: { port: 9090 } },
        },
      ],
    },
    status: { hostIP: '10.88.0.1', podIP: '10.244.0.12' },
  });
  const NODE = '0100580A';
  const OTHER = '0A00600A';
  const judge = (...connections: readonly Connection[]) =>
    judgeSockets({
      ...{ pod, listenerPort: 61_234, seen: { kind: 'seen', connections } },
      openBefore: [{ protocol: 'tcp', local: '10.244.0.12:40092', remote: '10.96.0.10:53' }],
    });

  it('are told apart: open before, and not', () => {
    const before = known('0C00F40A:9C9C', `${OTHER}:0035`);
    const later = known('0C00F40A:9C9D', `${OTHER}:0035`);
    expect(judge(before, later)).toMatchObject({ stillOpen: 1, newlyOpen: 1, excepted: 0 });
  });

  it('are excepted when the pod’s own node asks at a probe port, and in no other case', () => {
    expect(judge(known('0C00F40A:1F90', `${NODE}:C001`))).toMatchObject({ newlyOpen: 0, excepted: 1 });
    expect(judge(known('0C00F40A:2382', `${NODE}:C001`))).toMatchObject({ newlyOpen: 0, excepted: 1 });
    expect(judge(known('0C00F40A:1F90', `${OTHER}:C001`))).toMatchObject({ newlyOpen: 1, excepted: 0 });
    expect(judge(known('0C00F40A:0016', `${NODE}:C001`))).toMatchObject({ newlyOpen: 1, excepted: 0 });
    expect(judge(known('0C00F40A:C001', `${NODE}:1F90`))).toMatchObject({ newlyOpen: 1, excepted: 0 });
  });

  it('are not Firebreak’s own listener’s', () => {
    expect(judge(known('0C00F40A:EF32', `${OTHER}:0035`))).toMatchObject({ newlyOpen: 0 });
  });

  it('are shown up to a number, and counted beyond it', () => {
    const many = Array.from({ length: 150 }, () => known('0C00F40A:9C9D', `${OTHER}:0035`));
    const judged = judge(...many);
    expect(judged).toMatchObject({ newlyOpen: 150 });
    expect(judged.state === 'read' ? judged.open.length : 0).toBe(100);
  });

  it('are not known where the tables did not arrive', () => {
    const seen = { kind: 'not seen', why: 'it ended early' } as const;
    expect(judgeSockets({ seen, pod, listenerPort: 61_234, openBefore: [] })).toEqual({
      state: 'not read',
      why: 'it ended early',
    });
  });
});
