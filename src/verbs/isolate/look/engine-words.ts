import { permissionName } from '../../../core/permission.ts';
import { ENGINE_READ, type EngineLook } from '../../../core/policy-engine.ts';
import { listed } from '../../changes/change-words.ts';

/** What enforces policy here, in one sentence; a risk where nothing does, or where nobody could look. */
export const engineSentence = (
  look: EngineLook,
): { readonly says: 'note' | 'risk'; readonly sentence: string } => {
  switch (look.kind) {
    case 'found': {
      const names = look.engines.map(({ name, mode }) =>
        mode === undefined ? name : `${name} (${mode} mode)`,
      );
      return { says: 'note', sentence: `Network policies are enforced here by ${listed(names)}.` };
    }
    case 'none found': {
      const off = look.off.length === 0 ? '' : `: ${listed(look.off)}`;
      return {
        says: 'risk',
        sentence: `Nothing that enforces network policies was found here${off}. The policies are accepted and may do nothing; the proof decides.`,
      };
    }
    case 'could not look':
      return {
        says: 'risk',
        sentence: `What enforces network policies here could not be looked at, since Firebreak lacks ${permissionName(ENGINE_READ)} in ${listed(look.unseen)}.`,
      };
  }
};

/**
 * Kinds of policy of an engine that are not looked at, though they can allow what a NetworkPolicy denies. Sources: Antrea,
 * Antrea Network Policy CRDs; EKS, Admin and application network policies; GKE, FQDN network policies.
 */
const UNLOOKED: Readonly<Record<string, string>> = {
  Antrea: 'those of crd.antrea.io',
  'Amazon VPC CNI with its policy agent': 'those of networking.k8s.aws',
  'GKE Dataplane V2': 'FQDNNetworkPolicies',
};

/** Said where such policies can be there; the proof sees what they let through. */
export const unlookedKinds = (look: EngineLook): readonly string[] => {
  const kinds = look.kind === 'found' ? look.engines.flatMap(({ name }) => UNLOOKED[name] ?? []) : [];
  return kinds.length === 0
    ? []
    : [
        `Policies of a kind of its own are not looked at, and may allow something beside the deny: ${listed(kinds)}.`,
      ];
};
