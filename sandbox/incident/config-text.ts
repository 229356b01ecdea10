import { stringify } from 'yaml';

export interface ConfigParts {
  readonly kubeconfig: string;
  readonly evidence: string;
  /** Keys of the one cluster beside its provider and its path. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly channel: string;
  readonly rules?: readonly Readonly<Record<string, unknown>>[];
  readonly approvers: readonly string[];
}

/** The cluster's name in the sandbox's configuration, as the README's commands call it. */
export const CLUSTER_NAME = 'prod-cluster';

/** A `firebreak.yml` for the stand-ins: reading is free, collecting needs one approval. */
export const configText = ({
  kubeconfig,
  evidence,
  cluster,
  channel,
  rules,
  approvers,
}: ConfigParts): string =>
  stringify({
    clusters: {
      [CLUSTER_NAME]: { provider: 'kubeconfig', path: kubeconfig, namespaces: ['payments'], ...cluster },
    },
    evidence: { directory: evidence, plaintext: true },
    channels: {
      [channel]: {
        clusters: [CLUSTER_NAME],
        rules: rules ?? [
          { verbs: ['inspect'], approvals: 0 },
          { verbs: ['acquire'], approvals: 1, approvers, expires: '30m' },
        ],
      },
    },
  });
