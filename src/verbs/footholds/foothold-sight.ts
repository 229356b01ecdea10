import type { Foothold } from '../../core/foothold.ts';

/** What can be seen of a foothold. `gone`: what it stood beside is no longer there; `failed`: for good, or as good as. */
export type FootholdSight =
  | { readonly kind: 'running'; readonly foothold: Foothold }
  | { readonly kind: 'starting' | 'failed' | 'gone'; readonly why: string }
  | { readonly kind: 'absent' };
