/** Clusters by one identity each, with descriptions and credentials: more than anyone configures. */
const MOST = 500;

/** Keeps the `limit` values that were used last, each under its key. Keys with the same JSON are the same. */
export class RecentlyUsed<Value> {
  readonly #limit: number;
  readonly #values = new Map<string, Value>();

  constructor(limit = MOST) {
    this.#limit = limit;
  }

  /** The value under `key`, made where there is none. What `make` throws is not kept. */
  get(key: readonly unknown[], make: () => Value): Value {
    const text = JSON.stringify(key);
    const value = this.#values.get(text) ?? make();
    this.#values.delete(text);
    this.#values.set(text, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#limit && oldest !== undefined) this.#values.delete(oldest);
    return value;
  }
}
