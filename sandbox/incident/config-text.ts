import { stringify } from 'yaml';

export interface ConfigParts {
  /** The provider of the one cluster and its keys. */
  readonly access: Readonly<Record<string, unknown>>;
  /** `evidence:` as it is written. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Keys of the one cluster beside those of its provider. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly channel: string;
  readonly rules?: readonly Readonly<Record<string, unknown>>[];
  readonly approvers: readonly string[];
}

/** The cluster's name in the sandbox's configuration, as the README's commands call it. */
export const CLUSTER_NAME = 'prod-cluster';

/** A `firebreak.yml` for the stand-ins: reading is free, what collects or changes something needs one approval. */
export const configText = ({ access, evidence, cluster, channel, rules, approvers }: ConfigParts): string =>
  stringify({
    clusters: {
      [CLUSTER_NAME]: { ...access, namespaces: ['payments'], ...cluster },
    },
    evidence,
    channels: {
      [channel]: {
        clusters: [CLUSTER_NAME],
        rules: rules ?? [
          { verbs: ['inspect'], approvals: 0 },
          {
            verbs: ['acquire', 'label', 'unlabel', 'cordon', 'uncordon', 'hold', 'unhold', 'undo'],
            approvals: 1,
            approvers,
            expires: '30m',
          },
          { verbs: ['download'], approvals: 0 },
        ],
      },
    },
  });
