import { inspect } from 'node:util';
import { pino } from 'pino';
import { afterEach, beforeEach, expect } from 'vitest';
import type { ClusterAccess } from '../../src/core/cloud.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { createClusterClient, type KubernetesClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { type ApiServer, bearerOf, sendJson, sendStatus, startApiServer } from './cloud-api-server.ts';
import { createTestAuthority, type KeyedCertificate, type TestAuthority } from './cloud-certificates.ts';
import type { CloudScene } from './cloud-scene.ts';

/** What a person or a log could be shown of an error. The line is the logger's own, before anything is redacted. */
const shownOf = (error: FirebreakError): string => {
  const lines: string[] = [];
  pino({ base: null }, { write: (line) => lines.push(line) }).warn({ err: error }, error.message);
  return `${error.sentence} ${error.stack} ${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)} ${lines.join('')}`;
};

/** A provider's scene with an API server of its own, new for each test. */
export class CloudStage {
  readonly signal = new AbortController().signal;
  /** Requests that the API servers got. */
  requests = 0;
  takes: (token: string) => boolean = () => false;
  #scene: CloudScene | undefined;
  #authority: TestAuthority | undefined;
  #api: ApiServer | undefined;
  readonly #servers: ApiServer[] = [];
  readonly #clients: KubernetesClient[] = [];

  constructor(startScene: () => Promise<CloudScene>) {
    beforeEach(async () => {
      this.requests = 0;
      this.#scene = await startScene();
      this.takes = (token) => this.scene.accepts(token);
      this.#authority = createTestAuthority('first');
      this.#api = await this.serve(this.authority.issue(['127.0.0.1']));
      await this.scene.pointTo({ server: this.api.url, caPem: this.authority.caPem });
    });
    afterEach(async () => {
      for (const made of this.#clients.splice(0)) made.close();
      for (const server of this.#servers.splice(0)) await server.close();
      await this.#scene?.close();
    });
  }

  get scene(): CloudScene {
    return present(this.#scene);
  }

  /** The cluster's own authority: its source names it. */
  get authority(): TestAuthority {
    return present(this.#authority);
  }

  /** Where the source says that the cluster is. */
  get api(): ApiServer {
    return present(this.#api);
  }

  async serve(certificate: KeyedCertificate): Promise<ApiServer> {
    const started = await startApiServer(certificate, (request, response) => {
      this.requests += 1;
      if (this.takes(bearerOf(request))) sendJson(response, 200, { gitVersion: 'v1.36.2' });
      else sendStatus(response, 401, 'Unauthorized', `Unauthorized: ${request.headers.authorization}`);
    });
    this.#servers.push(started);
    return started;
  }

  /** `more` are keys beside the scene's. */
  connect(more: object = {}, signal = this.signal): Promise<ClusterAccess> {
    const { cloud, options, context } = this.scene;
    return cloud.access.connect(cloud.access.readOptions({ ...Object(options), ...more }), context, signal);
  }

  async client(more: object = {}): Promise<KubernetesClient> {
    const made = createClusterClient({
      access: await this.connect(more),
      reconnect: () => this.connect(more),
      cluster: this.scene.context.cluster,
      userAgent: 'firebreak/test',
      clock: systemClock,
    });
    this.#clients.push(made);
    return made;
  }

  expectNoSecret(error: FirebreakError, more: readonly string[] = []): void {
    const shown = shownOf(error);
    expect(this.scene.secrets().length).toBeGreaterThan(0);
    for (const secret of [...this.scene.secrets(), ...more]) expect(shown).not.toContain(secret);
  }
}

const present = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('it is there while a test runs');
  return value;
};

/** The FirebreakError that a promise rejects with. */
export const caught = async (promise: Promise<unknown>): Promise<FirebreakError> => {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof FirebreakError) return thrown;
  throw new Error(`expected a FirebreakError, got ${inspect(thrown)}`);
};
