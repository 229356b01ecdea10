/** What goes wrong instead of a tunnel, or in the middle of one. */
export type ProxyFault =
  | { readonly kind: 'refuse' }
  | { readonly kind: 'hang' }
  /** The connection breaks when the server has sent this many bytes through it. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

/** Faults on demand. Each holds for so many tunnels, or until `clear`. */
export class ProxyFaults {
  readonly #active: { readonly fault: ProxyFault; left: number }[] = [];

  add(fault: ProxyFault, times = Number.POSITIVE_INFINITY): void {
    this.#active.push({ fault, left: times });
  }

  /** The oldest that still holds; taking it counts. */
  take(): ProxyFault | undefined {
    const found = this.#active.find((one) => one.left > 0);
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }

  clear(): void {
    this.#active.length = 0;
  }
}
