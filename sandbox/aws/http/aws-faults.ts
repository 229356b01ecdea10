/** What can go wrong at one action (`eks:DescribeCluster`, `sts:AssumeRole`, …) instead of its answer. */
export type AwsFault =
  | { readonly kind: 'throttle' }
  | { readonly kind: 'server error' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'drop connection' };

/** Faults on demand. Each holds for so many calls, or until `clear`. */
export class AwsFaults {
  readonly #active: { readonly action: string; readonly fault: AwsFault; left: number }[] = [];

  add(action: string, fault: AwsFault, times = Number.POSITIVE_INFINITY): void {
    this.#active.push({ action, fault, left: times });
  }

  /** The oldest fault of this action that still holds; taking it counts. */
  take(action: string): AwsFault | undefined {
    const found = this.#active.find((one) => one.action === action && one.left > 0);
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }

  clear(): void {
    this.#active.length = 0;
  }
}
