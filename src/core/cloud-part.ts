import type { Provider } from './provider.ts';

/**
 * What a provider can have beside access. `node`: to protect, isolate and snapshot the machine behind a node; `identity`:
 * who uses a cloud identity, and to revoke it; `auditLog`: what the cloud recorded.
 */
export const CLOUD_PARTS = ['node', 'identity', 'auditLog'] as const;
export type CloudPart = (typeof CLOUD_PARTS)[number];

/** What a verb can't do without a part; each is followed by the reason. */
const WITHOUT: Readonly<Record<CloudPart, string>> = {
  node: 'The machine behind the node is not protected by its cloud',
  identity: 'The cloud identity of the target is neither looked at nor revoked',
  auditLog: 'The audit log of the cloud is not collected',
};

/** One sentence for the card for each part that a verb would use and the cluster's provider does not have. */
export const lacking = (
  wanted: readonly CloudPart[],
  { provider, parts }: { readonly provider: Provider; readonly parts: readonly CloudPart[] },
): readonly string[] =>
  wanted
    .filter((part) => !parts.includes(part))
    .map((part) => `${WITHOUT[part]}: this version can't do that through ${provider}.`);
