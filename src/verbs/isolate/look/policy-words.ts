import { permissionName } from '../../../core/permission.ts';
import { listed } from '../../changes/change-words.ts';
import { POLICY_KINDS, policyKinds } from './policy-kinds.ts';
import type { SelectingPolicies, SelectingPolicy } from './selecting-policies.ts';

const OF_KUBERNETES = 'networking.k8s.io';

const nameOf = ({ kind, name, namespace }: SelectingPolicy): string =>
  `${kind}/${name}${namespace === '' ? ', of the whole cluster' : ''}`;

const words = ({ before, after, allows, appliesTo }: SelectingPolicy): string => {
  const does =
    appliesTo.length === 0
      ? 'has no rules'
      : allows.length === 0
        ? `allows nothing beyond other policies in ${appliesTo.join(' and ')}`
        : `allows ${allows.join(' and ')}`;
  if (before === 'no')
    return `will ${after === 'may' ? 'perhaps ' : ''}select it once it is labelled, and ${does}`;
  if (after === 'no') return `selects it no more once it is labelled`;
  return before === 'may' || after === 'may'
    ? `may select it (its selector is not understood, or asks for what was not read), and ${does}`
    : `selects it, and ${does}`;
};

/** Which policies select the pod, one sentence each, and what was not looked at. */
export const policySentences = ({
  policies,
  kinds,
}: SelectingPolicies): { readonly notes: readonly string[]; readonly risks: readonly string[] } => {
  const unseen = policyKinds.filter((kind) => kinds.get(kind) === 'could not look');
  const reads = unseen.map((kind) => {
    const { group, resource } = POLICY_KINDS[kind];
    return permissionName({ verb: 'list', group, resource });
  });
  const missing = policyKinds.filter(
    (kind) => kinds.get(kind) === 'not installed' && POLICY_KINDS[kind].group !== OF_KUBERNETES,
  );
  return {
    notes: [
      ...(policies.length === 0 && unseen.length === 0
        ? ['No policy selects it: all its traffic is allowed now.']
        : policies.map((policy) => `${nameOf(policy)} ${words(policy)}.`)),
      ...(missing.length === 0 ? [] : [`Not installed here: ${listed(missing, 9)}.`]),
    ],
    risks:
      reads.length === 0
        ? []
        : [
            `Whether these are installed and select it could not be looked at, since Firebreak may not ${listed(reads, 9)}.`,
          ],
  };
};
