import type { ClusterReader, ClusterWriter, WriteRequest } from '../../src/core/cluster.ts';
import { FirebreakError, undelivered } from '../../src/core/firebreak-error.ts';

type Json = { [key: string]: Json | string | null };

const isTree = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** RFC 7386. */
const merged = (onto: Json, patch: Json): Json => {
  const result = { ...onto };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isTree(value)) {
      const below = result[key];
      result[key] = merged(isTree(below) ? below : {}, value);
    } else result[key] = value;
  }
  return result;
};

const failure = (code: 'conflict' | 'cluster-unreachable' | 'not-allowed'): FirebreakError =>
  new FirebreakError({
    code,
    message: `The cluster says ${code}.`,
    next: 'Look.',
    ...(code === 'not-allowed' ? {} : { retry: 'retry can help' }),
  });

/** What happens to the next patch that is meant: it never arrives, its answer is lost, it arrives later, it is refused. */
export type Fate =
  | 'carried out'
  | 'never sent'
  | 'never arrives'
  | 'answer lost'
  | 'arrives late'
  | 'not-allowed';

/** An API server with one pod, which keeps Kubernetes' rules for UIDs and resourceVersions. */
export class OneObject implements Pick<ClusterReader, 'get'>, ClusterWriter {
  readonly patches: { readonly mode: WriteRequest['mode']; readonly body: unknown }[] = [];
  #object: Json = { metadata: { name: 'x', namespace: 'payments', uid: 'uid-1', resourceVersion: '10' } };
  #fates: Fate[] = [];
  #late: Json[] = [];
  /** Called before a patch that is meant is looked at. */
  beforeChange: () => void | Promise<void> = () => undefined;
  /** Called once it was carried out. */
  afterChange: () => void = () => undefined;

  /** The fates of the next patches, in their order; then they are carried out. */
  fate(...fates: readonly Fate[]): void {
    this.#fates.push(...fates);
  }

  get labels(): unknown {
    return this.#metadata['labels'] ?? {};
  }

  get annotations(): unknown {
    return this.#metadata['annotations'] ?? {};
  }

  /** As somebody else. */
  change(labels: Json): void {
    this.#write({ metadata: { labels } });
  }

  replace(uid: string): void {
    this.#object = merged(this.#object, { metadata: { uid } });
  }

  async get(): Promise<unknown> {
    return structuredClone(this.#object);
  }

  async write(request: WriteRequest): Promise<unknown> {
    if (request.method !== 'PATCH') throw new TypeError('one object is only patched');
    const { mode, body, signal } = request;
    this.patches.push({ mode, body });
    if (!isTree(body)) throw new TypeError('a patch is an object');
    if (mode === 'dry run') {
      this.#check(body);
      return merged(this.#object, body);
    }
    await this.beforeChange();
    signal.throwIfAborted();
    const fate = this.#fates.shift() ?? 'carried out';
    if (fate === 'not-allowed') throw failure(fate);
    if (fate === 'never sent') throw undelivered(failure('cluster-unreachable'));
    if (fate === 'never arrives') throw failure('cluster-unreachable');
    if (fate === 'arrives late') {
      this.#late.push(body);
      throw failure('cluster-unreachable');
    }
    // What was on its way arrives before what was sent after it.
    for (const late of this.#late.splice(0)) this.#write(late);
    this.#check(body);
    this.#write(body);
    this.afterChange();
    if (fate === 'answer lost') throw failure('cluster-unreachable');
    return structuredClone(this.#object);
  }

  get #metadata(): Json {
    const { metadata } = this.#object;
    return isTree(metadata) ? metadata : {};
  }

  #check(body: Json): void {
    const { uid, resourceVersion } = isTree(body['metadata']) ? body['metadata'] : {};
    if (uid !== this.#metadata['uid'] || resourceVersion !== this.#metadata['resourceVersion'])
      throw failure('conflict');
  }

  #write(patch: Json): void {
    const next = String(Number(this.#metadata['resourceVersion']) + 1);
    this.#object = merged(merged(this.#object, patch), { metadata: { resourceVersion: next } });
  }
}
