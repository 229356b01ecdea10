import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { callApi } from '../../sandbox/cluster/testing/call-api.ts';
import { outputOf } from '../../sandbox/cluster/testing/exec-over-websocket.ts';
import type { ToolImage } from '../../sandbox/cluster/tool-image/create-tool-image.ts';
import { createToolImage } from '../../sandbox/cluster/tool-image/create-tool-image.ts';
import type { Foothold, FootholdOrder, FootholdRef } from '../../src/core/foothold.ts';
import type { EphemeralFoothold } from '../../src/verbs/footholds/ephemeral-foothold.ts';
import type { FootholdJob } from '../../src/verbs/footholds/foothold-job.ts';
import { clientOf, fixedAccess } from '../kubernetes/client-of.ts';

export const TOOL_IMAGE = `registry.example.com/firebreak-tools@sha256:${'0f'.repeat(32)}`;
export const RESTRICTED_NAMESPACE = 'strict';
export const PROBES = 'firebreak-footholds';
export const NODES = 'firebreak-node-footholds';

let runs = 0;
/** A run of its own for each foothold, as in Firebreak. */
export const order = (deadlineSeconds = 600): FootholdOrder => {
  runs += 1;
  return { run: `FB-2026-0007-${runs}`, case: 'FB-2026-0007', toolImage: TOOL_IMAGE, deadlineSeconds };
};

/** The objects of a manifest, cut at `---` as kubectl does. */
const manifests = (path: string): readonly unknown[] =>
  readFileSync(new URL(path, import.meta.url), 'utf8')
    .split(/^---$/m)
    .map((text): unknown => parse(text));

/** A cluster with Firebreak's namespaces as deploy/ makes them, and with the tool image where this machine can assemble one. */
export const startFootholdScene = async (
  containers: 'processes' | 'no shell' = 'processes',
): Promise<FootholdScene> => {
  const cluster = await startCluster({ controllers: 'on', containers });
  const tools = createToolImage();
  const image: ToolImage['image'] =
    typeof tools === 'string' ? { userland: 'busybox', entrypoint: [] } : tools.image;
  cluster.addImage(TOOL_IMAGE, image);
  const scene = new FootholdScene(cluster, typeof tools === 'string' ? tools : cluster.containersReason);
  for (const body of manifests('../../deploy/footholds.yaml')) await scene.create('/api/v1/namespaces', body);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await scene.create('/api/v1/namespaces', { metadata: { name: RESTRICTED_NAMESPACE, labels } });
  return scene;
};

export class FootholdScene implements AsyncDisposable {
  readonly cluster: StandInCluster;
  /** Why nothing runs in its containers; empty when something does. */
  readonly withoutProcesses: string;
  readonly client: ReturnType<typeof clientOf>;

  constructor(cluster: StandInCluster, withoutProcesses: string) {
    this.cluster = cluster;
    this.withoutProcesses = withoutProcesses;
    this.client = this.as('admin');
  }

  as(user: string): ReturnType<typeof clientOf> {
    return clientOf(fixedAccess(new URL(this.cluster.url), this.cluster.caPem, this.cluster.token(user)));
  }

  /** POST of an object. The answer as `status` or, where it is refused, `status: message`. */
  async create(path: string, body: unknown, token = this.cluster.token('admin')): Promise<string> {
    const answer = await callApi(this.cluster, { method: 'POST', path, body, token });
    return `${answer.status}${answer.status === 201 ? '' : `: ${answer.text}`}`;
  }

  makeJob(job: FootholdJob, token?: string): Promise<string> {
    return this.create(`/apis/batch/v1/namespaces/${job.metadata.namespace}/jobs`, job, token);
  }

  async addBeside(
    namespace: string,
    pod: string,
    container: EphemeralFoothold,
    token = this.cluster.token('admin'),
  ): Promise<string> {
    const answer = await callApi(this.cluster, {
      ...{ method: 'PATCH', path: `/api/v1/namespaces/${namespace}/pods/${pod}/ephemeralcontainers` },
      body: { spec: { ephemeralContainers: [container] } },
      token,
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    return `${answer.status}${answer.status === 200 ? '' : `: ${answer.text}`}`;
  }

  pod(namespace: string, name: string): unknown {
    return this.cluster.object({ group: '', resource: 'pods', namespace, name });
  }

  job(namespace: string, name: string): unknown {
    return this.cluster.object({ group: 'batch', resource: 'jobs', namespace, name });
  }

  beside(
    run: string,
    namespace: string,
    pod: string,
  ): Extract<FootholdRef, { readonly kind: 'ephemeral container' }> {
    const uid =
      this.cluster.object({ group: '', resource: 'pods', namespace, name: pod })?.metadata.uid ?? '';
    return { kind: 'ephemeral container', run, namespace, pod, uid };
  }

  /** What a shell in it prints. */
  shell({ namespace, pod, container }: Foothold, script: string): Promise<string> {
    return outputOf(this.cluster, {
      ...{ namespace, pod, container },
      command: ['sh', '-c', `{ ${script}; } 2>&1`],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.cluster.close();
  }
}
