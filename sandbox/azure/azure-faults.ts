/** What can go wrong at one action instead of its answer. */
export type AzureFault =
  | { readonly kind: 'throttle'; readonly retryAfterSeconds?: number }
  | { readonly kind: 'server error' }
  /** A page, as a proxy sends one in the place of an answer. */
  | { readonly kind: 'foreign answer'; readonly status: number }
  | { readonly kind: 'drop connection' }
  | { readonly kind: 'hang' };

/** `entra:token <scope>`, and of faults `entra:token` for them all; `imds:token`; actions of Azure Resource Manager. */
export type AzureAction =
  | `entra:token ${string}`
  | 'entra:token'
  | 'imds:token'
  | 'managedClusters/read'
  | 'listClusterUserCredential/action';

/** Faults on demand. Each holds for so many calls, or until `clear`. */
export class AzureFaults {
  readonly #active: { readonly action: AzureAction; readonly fault: AzureFault; left: number }[] = [];

  add(action: AzureAction, fault: AzureFault, times = Number.POSITIVE_INFINITY): void {
    this.#active.push({ action, fault, left: times });
  }

  /** The oldest fault of this action that still holds; taking it counts. */
  take(action: AzureAction): AzureFault | undefined {
    const found = this.#active.find(
      (one) => one.left > 0 && (action === one.action || action.startsWith(`${one.action} `)),
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }

  clear(): void {
    this.#active.length = 0;
  }
}
