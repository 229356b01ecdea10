/** One RBAC-like rule: what may be done where. A subresource is written as in RBAC: `pods/exec`. `*` stands for all. */
export interface AccessRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Left out or empty: of every name, and where a request names none. */
  readonly resourceNames?: readonly string[];
  /** Left out: in every namespace and at the cluster scope. */
  readonly namespaces?: readonly string[];
}

/** Someone who may call the API: by bearer token, by client certificate (common name = user name), or both. */
export interface User {
  readonly name: string;
  readonly token: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly rules: readonly AccessRule[];
  /** Left out: none. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}
