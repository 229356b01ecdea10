import type { Answer } from '../api/answer.ts';
import type { KubeObject } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import type { RequestTarget } from '../api/request-target.ts';
import type { ResourceKind } from '../api/resource-kinds.ts';
import type { FieldError } from './field-error.ts';

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
  /** Set when admission has judged the request already. */
  readonly admission?: 'has seen it';
  /** What is done with an object that the request makes. */
  readonly creation: Creation;
  /** How a subresource updates its object; as the whole object when left out. */
  readonly update?: UpdateStrategy;
}

export interface Creation {
  /** The object with what admission adds to it, or a refusal. */
  readonly admit: (object: KubeObject) => { readonly object: KubeObject } | { readonly refused: Answer };
  /** Stores it and starts what has to be started. */
  readonly keep: (object: KubeObject) => KubeObject;
}

export interface UpdateStrategy {
  /** The object with no more changed than the subresource may change. */
  readonly limit: (before: KubeObject, proposed: KubeObject) => KubeObject;
  readonly errors: (before: KubeObject, after: KubeObject) => readonly FieldError[];
  /** A refusal, if admission has one. */
  readonly admit: (after: KubeObject) => Answer | undefined;
}
