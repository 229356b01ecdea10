import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADDRESSES } from './network/addresses.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import {
  ADMIN_PORT,
  addressOf,
  HTTP_PORT,
  podOf,
  policy,
  reached,
  shellIn,
  startNetworkScene,
  withPolicies,
} from './testing/network-scene.ts';

const PATIENTLY = { timeout: 15_000 };
let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startNetworkScene({ enforcement: 'networkpolicy', connections: 'cut' });
});
afterAll(() => cluster.close());
beforeEach(({ skip }) => {
  if (cluster.network === 'loopback only') skip(cluster.networkReason);
});

const PODS = ['lab/client', 'shop/client', 'shop/web'] as const;
const all = (port = HTTP_PORT) => PODS.map((pod) => `${pod}:${port}`);
const others = (pod: string, port = HTTP_PORT) => all(port).filter((one) => !one.startsWith(`${pod}:`));
const web = { podSelector: { matchLabels: { app: 'web' } } };
const client = { podSelector: { matchLabels: { app: 'client' } } };
const WEB = `shop/web:${HTTP_PORT}`;
const during = (policies: Parameters<typeof withPolicies>[1], then: () => Promise<void>) =>
  withPolicies(cluster, policies, then);

describe('a pod that no policy selects', () => {
  it('reaches every pod and is reached by every pod', async () => {
    for (const pod of PODS) expect(await reached(cluster, pod, others(pod))).toEqual(others(pod));
  });
});

describe('a policy that allows nothing', () => {
  it('cuts the pods that it selects off in the directions that it names, and no other pod', async () => {
    await during([policy('no-way-in', { ...web, policyTypes: ['Ingress'] })], async () => {
      expect(await reached(cluster, 'lab/client', all())).toEqual(['lab/client:8080', 'shop/client:8080']);
      expect(await reached(cluster, 'shop/web', others('shop/web'))).toEqual(others('shop/web'));
    });
    await during([policy('no-way-out', { ...web, policyTypes: ['Egress'] })], async () => {
      expect(await reached(cluster, 'shop/web', others('shop/web'))).toEqual([]);
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([WEB]);
    });
  });

  it('is for what comes in alone when it names neither direction', async () => {
    await during([policy('neither', web)], async () => {
      expect(await reached(cluster, 'shop/web', others('shop/web'))).toEqual(others('shop/web'));
      expect(await reached(cluster, 'shop/client', [WEB])).toEqual([]);
    });
  });

  it('selects every pod of its namespace with an empty selector, and none of another', async () => {
    await during([policy('default-deny', { podSelector: {} })], async () => {
      expect(await reached(cluster, 'lab/client', all())).toEqual(['lab/client:8080']);
    });
  });

  it('keeps a pod from its node, its metadata and its names, but not the node from the pod', async () => {
    const targets = [
      `${ADDRESSES.node}:10250`,
      `${ADDRESSES.metadata}:80`,
      `${ADDRESSES.apiService}:443`,
      `${ADDRESSES.dnsService}:53`,
    ].sort();
    const isolated = { ...web, policyTypes: ['Ingress', 'Egress'] };
    await during([policy('isolate', isolated)], async () => {
      expect(await reached(cluster, 'shop/web', targets)).toEqual([]);
      expect(await reached(cluster, 'shop/client', targets)).toEqual(targets);
      const asked = ['busybox', 'nc', '-w', '3', addressOf(cluster, 'shop/web'), `${HTTP_PORT}`];
      expect(await cluster.runOnNode(asked)).toBe('web\n');
    });
    expect(await reached(cluster, 'shop/web', targets)).toEqual(targets);
  });
});

describe('policies that allow something', () => {
  it('add up: a policy that allows nothing takes nothing away', async () => {
    const allow = policy('allow', { ...web, ingress: [{ from: [client] }] });
    await during([policy('deny', web), allow], async () => {
      expect(await reached(cluster, 'shop/client', [WEB])).toEqual([WEB]);
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
    });
  });

  it('let everyone in with an empty rule', async () => {
    await during([policy('open', { ...web, ingress: [{}] })], async () => {
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([WEB]);
    });
  });

  it('let answers out of a pod that may send nothing', async () => {
    await during([policy('quiet', { ...web, policyTypes: ['Egress'] })], async () => {
      const address = addressOf(cluster, 'shop/web');
      expect(await shellIn(cluster, 'shop/client', `nc -w 3 ${address} ${HTTP_PORT}`)).toBe('web\n');
    });
  });

  it('choose pods of other namespaces by the labels of both', async () => {
    const named = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
    const from = [{ namespaceSelector: named('lab'), podSelector: { matchLabels: { app: 'client' } } }];
    await during([policy('from-lab', { ...web, ingress: [{ from }] })], async () => {
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([WEB]);
      expect(await reached(cluster, 'shop/client', [WEB])).toEqual([]);
    });
    const nobody = [{ namespaceSelector: named('lab'), podSelector: { matchLabels: { app: 'web' } } }];
    await during([policy('from-nobody', { ...web, ingress: [{ from: nobody }] })], async () => {
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
    });
  });

  it('choose by address, without what is excepted', async () => {
    const except = `${addressOf(cluster, 'lab/client')}/32`;
    const from = [{ ipBlock: { cidr: '10.244.0.0/16', except: [except] } }];
    await during([policy('by-address', { ...web, ingress: [{ from }] })], async () => {
      expect(await reached(cluster, 'shop/client', [WEB])).toEqual([WEB]);
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
    });
    const to = [{ ipBlock: { cidr: '0.0.0.0/0', except: [`${ADDRESSES.metadata}/32`] } }];
    await during(
      [policy('not-metadata', { ...web, policyTypes: ['Egress'], egress: [{ to }] })],
      async () => {
        const targets = [`${ADDRESSES.metadata}:80`, `${ADDRESSES.outside}:80`];
        expect(await reached(cluster, 'shop/web', targets)).toEqual([`${ADDRESSES.outside}:80`]);
      },
    );
  });

  it.each([
    ['number', { port: HTTP_PORT, protocol: 'TCP' }, [WEB]],
    ['name', { port: 'admin' }, [`shop/web:${ADMIN_PORT}`]],
    ['range', { port: 8000, endPort: 9090 }, [WEB, `shop/web:${ADMIN_PORT}`]],
    ['protocol alone', { protocol: 'TCP' }, [WEB, `shop/web:${ADMIN_PORT}`]],
    ['another protocol', { port: HTTP_PORT, protocol: 'UDP' }, []],
  ])('choose ports by %s', async (_how, port, open) => {
    const targets = [WEB, `shop/web:${ADMIN_PORT}`];
    await during([policy('ports', { ...web, ingress: [{ ports: [port] }] })], async () => {
      expect(await reached(cluster, 'shop/client', targets)).toEqual(open);
    });
    const egress = { ...client, policyTypes: ['Egress'], egress: [{ to: [web], ports: [port] }] };
    await during([policy('ports-out', egress)], async () => {
      expect(await reached(cluster, 'shop/client', targets)).toEqual(open);
    });
  });

  it('see the pod behind a Service, so that names stay with a rule for the name system', async () => {
    const to = [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }];
    const ports = [{ port: 53, protocol: 'UDP' }];
    const spec = { ...web, policyTypes: ['Egress'], egress: [{ to, ports }] };
    await during([policy('names', spec)], async () => {
      const lookup = 'nslookup -type=a kubernetes.default.svc.cluster.local';
      expect(await shellIn(cluster, 'shop/web', lookup)).toContain(`Address: ${ADDRESSES.apiService}`);
      const names = [`${ADDRESSES.dnsService}:53`];
      expect(await reached(cluster, 'shop/web', [...names, ...others('shop/web')])).toEqual([]);
    });
  });
});

describe('a pod that changes', () => {
  it('comes under a policy with a label, and out of it without', async () => {
    const key = { group: '', resource: 'pods', namespace: 'shop', name: 'web' };
    const spec = { podSelector: { matchLabels: { quarantine: 'yes' } } };
    await during([policy('quarantine', spec)], async () => {
      expect(await reached(cluster, 'shop/client', [WEB])).toEqual([WEB]);
      cluster.changeObject(key, { metadata: { labels: { quarantine: 'yes' } } });
      await cluster.settled();
      expect(await reached(cluster, 'shop/client', [WEB])).toEqual([]);
      cluster.changeObject(key, { metadata: { labels: { quarantine: null } } });
      await cluster.settled();
      expect(await reached(cluster, 'shop/client', [WEB])).toEqual([WEB]);
    });
  });

  it('is under its policies from its first packet, and leaves no link behind when it goes', async () => {
    await during([policy('born-quiet', { podSelector: {}, policyTypes: ['Egress'] })], async () => {
      const late = podOf('shop', 'late', { app: 'late' });
      const target = `${addressOf(cluster, 'lab/client')} ${HTTP_PORT}`;
      const command = ['sh', '-c', `nc -w 2 ${target} && echo out || echo held; exec sleep 86400`];
      const [container] = late.spec.containers;
      if (container === undefined) throw new Error('a pod has a container');
      await cluster.addPod({ ...late, spec: { ...late.spec, containers: [{ ...container, command }] } });
      const said = () => cluster.containerLog('shop', 'late', 'app').lines.map(({ text }) => text);
      await expect.poll(said, PATIENTLY).toContain('held');
      const address = addressOf(cluster, 'shop/late');
      expect(await cluster.runOnNode(['ip', 'route'])).toContain(address);
      await cluster.deletePod('shop', 'late');
      await expect.poll(() => cluster.runOnNode(['ip', 'route']), PATIENTLY).not.toContain(address);
    });
  });
});

describe('a cluster that enforces nothing', () => {
  it('accepts a policy and lets everything through', async () => {
    await during([policy('unheard', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })], async () => {
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
      await cluster.setNetwork({ enforcement: 'none', connections: 'cut' });
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([WEB]);
      await cluster.setNetwork({ enforcement: 'networkpolicy', connections: 'cut' });
      expect(await reached(cluster, 'lab/client', [WEB])).toEqual([]);
    });
  });
});
