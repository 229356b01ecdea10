import type { ObjectStore } from '../api/object-store.ts';
import type { RequestTarget } from '../api/request-target.ts';
import type { ResourceKind } from '../api/resource-kinds.ts';

/** A request that writes, authenticated and allowed, for a kind that the stand-in has. */
export interface WriteContext {
  readonly store: ObjectStore;
  /** Its namespace is empty for what lives at the cluster scope. */
  readonly target: RequestTarget;
  readonly resource: ResourceKind;
  readonly query: URLSearchParams;
  /** Without its parameters. */
  readonly contentType: string;
  readonly userAgent: string;
  readonly body: string;
  readonly now: Date;
}
