import { describe, expect, test } from 'vitest';
import { ephemeralFoothold } from './ephemeral-foothold.ts';
import { type PodSecurityLevel, podSecurityLevel } from './pod-security-level.ts';

const order = {
  run: 'FB-2026-0007-3',
  case: 'FB-2026-0007',
  toolImage: `registry.example.com/firebreak-tools@sha256:${'0f'.repeat(32)}`,
  deadlineSeconds: 900,
};
interface Described {
  /** `securityContext` of the container, and of the pod. */
  readonly own?: object;
  readonly pod?: object;
  /** What the runtime says. */
  readonly user?: readonly [uid: number, gid: number];
}
const described = ({ own, pod, user }: Described) => ({
  spec: {
    ...(pod === undefined ? {} : { securityContext: pod }),
    containers: [
      { name: 'sidecar', image: 'i', securityContext: { runAsUser: 77 } },
      { name: 'app', image: 'i', ...(own === undefined ? {} : { securityContext: own }) },
    ],
  },
  status:
    user === undefined
      ? {}
      : { containerStatuses: [{ name: 'app', user: { linux: { uid: user[0], gid: user[1] } } }] },
});
const security = (target: Described, level: PodSecurityLevel) =>
  ephemeralFoothold(order, described(target), 'app', level).securityContext;

const LEAST = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};
const ROOT = {
  ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
  ...{ runAsNonRoot: false, runAsUser: 0, runAsGroup: 0 },
  seccompProfile: { type: 'RuntimeDefault' },
};

test('an ephemeral foothold is the image by digest, asleep until its deadline, and nothing more', () => {
  const { securityContext: _own, ...rest } = ephemeralFoothold(order, described({}), 'app', 'baseline');
  expect(rest).toEqual({
    name: 'firebreak-fb-2026-0007-3',
    image: order.toolImage,
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/bin/sleep', '900'],
    targetContainerName: 'app',
  });
});

describe.each(['privileged', 'baseline', 'restricted'] as const)('beside a target at level %s', (level) => {
  test('that is not root it is that user, with no capability', () => {
    expect(security({ own: { runAsUser: 1000, runAsGroup: 2000 } }, level)).toEqual({
      ...LEAST,
      ...{ runAsUser: 1000, runAsGroup: 2000 },
    });
    expect(security({ pod: { runAsUser: 1000 } }, level)).toEqual({ ...LEAST, runAsUser: 1000 });
  });

  test('it believes the runtime before the specification, and the container before the pod', () => {
    const target = { user: [5, 6], own: { runAsUser: 7 }, pod: { runAsUser: 8 } } as const;
    expect(security(target, level)).toMatchObject({ runAsUser: 5, runAsGroup: 6 });
    const { user: _told, ...untold } = target;
    expect(security(untold, level)).toMatchObject({ runAsUser: 7 });
  });

  test('whose pod may not run as root it never does', () => {
    expect(security({ pod: { runAsNonRoot: true } }, level)).toEqual(LEAST);
    expect(security({ own: { runAsNonRoot: true } }, level)).toEqual(LEAST);
  });
});

describe('beside a target that is root', () => {
  test('it is root without more than the target has', () => {
    expect(security({ user: [0, 0] }, 'baseline')).toEqual(ROOT);
    expect(security({ user: [0, 0] }, 'privileged')).toEqual(ROOT);
    const capabilities = { drop: ['ALL'], add: ['CHOWN'] };
    expect(security({ user: [0, 0], own: { capabilities } }, 'baseline')).toEqual({ ...ROOT, capabilities });
    expect(security({ user: [0, 0], own: { capabilities: { drop: ['ALL'] } } }, 'privileged')).toEqual({
      ...ROOT,
      capabilities: { drop: ['ALL'] },
    });
    expect(security({ user: [0, 7] }, 'baseline')).toMatchObject({ runAsUser: 0, runAsGroup: 7 });
  });

  test('it asks for SYS_PTRACE instead of what the target has beyond the default, where that is admitted', () => {
    const own = { capabilities: { add: ['SYS_ADMIN', 'NET_ADMIN'], drop: ['MKNOD'] } };
    expect(security({ user: [0, 0], own }, 'privileged')).toEqual({
      ...ROOT,
      capabilities: { add: ['SYS_PTRACE'], drop: ['MKNOD'] },
    });
    expect(security({ user: [0, 0], own: { privileged: true } }, 'privileged')).toMatchObject({
      capabilities: { add: ['SYS_PTRACE'] },
    });
    expect(security({ user: [0, 0], own: { privileged: true } }, 'baseline')).toEqual(ROOT);
  });

  test('it does not try to be root where `restricted` is enforced: the server says what is wrong with the pod', () => {
    expect(security({ user: [0, 0] }, 'restricted')).toEqual(LEAST);
  });
});

describe('beside a target whose user nobody tells', () => {
  test.each([
    ['privileged', { ...ROOT, capabilities: { add: ['SYS_PTRACE'] } }],
    ['baseline', ROOT],
    ['restricted', LEAST],
  ] as const)('at level %s it is what that level admits', (level, wanted) =>
    expect(security({}, level)).toEqual(wanted),
  );
});

test('a namespace’s level is what it says, `privileged` when it says nothing, and `restricted` when it can’t be read', () => {
  const labelled = (level: string) => ({
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } },
  });
  expect(podSecurityLevel({ metadata: {} })).toBe('privileged');
  expect(podSecurityLevel(labelled('baseline'))).toBe('baseline');
  expect(podSecurityLevel(labelled('strictest'))).toBe('restricted');
  expect(
    podSecurityLevel({ metadata: { labels: { 'pod-security.kubernetes.io/warn': 'restricted' } } }),
  ).toBe('privileged');
});
