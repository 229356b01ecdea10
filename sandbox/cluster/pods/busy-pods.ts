/** Pods that are being started, changed or ended, by uid: the last work on each. */
export class BusyPods {
  readonly #work = new Map<string, Promise<unknown>>();

  of(uid: string): Promise<unknown> | undefined {
    return this.#work.get(uid);
  }

  async track<T>(uid: string, work: Promise<T>): Promise<T> {
    this.#work.set(uid, work);
    try {
      return await work;
    } finally {
      if (this.#work.get(uid) === work) this.#work.delete(uid);
    }
  }

  /** Resolves when there is no work on any. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work.values());
  }
}
