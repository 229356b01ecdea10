/** What can go wrong at one action (`container.clusters.get`, `oauth2.token`, …) instead of its answer. */
export type GoogleFault =
  | { readonly kind: 'throttle' }
  | { readonly kind: 'server error' }
  | { readonly kind: 'drop connection' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'service disabled' }
  | { readonly kind: 'outside the perimeter' }
  /** As a proxy that answers by itself. */
  | { readonly kind: 'foreign answer' };

/** Faults on demand. Each holds for so many calls, or until `clear`. */
export class GoogleFaults {
  readonly #active: { readonly action: string; readonly fault: GoogleFault; left: number }[] = [];

  add(action: string, fault: GoogleFault, times = Number.POSITIVE_INFINITY): void {
    this.#active.push({ action, fault, left: times });
  }

  /** The oldest fault of this action that still holds; taking it counts. */
  take(action: string): GoogleFault | undefined {
    const found = this.#active.find((one) => one.action === action && one.left > 0);
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }

  clear(): void {
    this.#active.length = 0;
  }
}
