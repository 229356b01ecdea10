import type { CloudPart } from './cloud-part.ts';
import type { FootholdSettings, IsolationSettings } from './foothold.ts';
import type { Playbook } from './playbook.ts';
import type { ClusterGuard } from './policy.ts';
import type { Provider } from './provider.ts';

/** A configured cluster, as far as a request needs to know it. */
export interface ClusterEntry {
  readonly name: string;
  readonly provider: Provider;
  /** What its provider can do beyond access. */
  readonly parts: readonly CloudPart[];
  /** Namespaces that may be used; empty means every one that the identity can see. */
  readonly namespaces: readonly string[];
  readonly guard: ClusterGuard;
  /** `read and act`: planning has an identity of its own, which can't tell what the acting one may do. */
  readonly identities: 'one for all' | 'read and act';
  /** Absent where nodes are reached by the identity that acts. */
  readonly nodeIdentity?: 'its own';
  /** What Firebreak starts there, by digest; without it nothing is started. */
  readonly toolImage?: string;
  readonly footholds: FootholdSettings;
  readonly isolation: IsolationSettings;
  /** What `contain` does, in order; the default where left out. */
  readonly playbook?: Playbook;
}
