import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CLUSTER_NAME } from '../../sandbox/incident/config-text.ts';

export type Rules = readonly Readonly<Record<string, unknown>>[];

export const APPROVERS = 'S0APPROVERS';
export const INSPECT_FREELY = { verbs: ['inspect'], approvals: 0 };
export const ONE_APPROVAL: Rules = [
  INSPECT_FREELY,
  { verbs: ['acquire'], approvals: 1, approvers: [APPROVERS], expires: '30m' },
];

/** Writes a `firebreak.yml` with rules for several channels, beside the one of the incident; returns its path. */
export const writeConfig = async (
  dataDir: string,
  name: string,
  channels: Readonly<Record<string, Rules>>,
): Promise<string> => {
  const folder = join(dataDir, 'sandbox');
  const path = join(folder, name);
  const text = stringify({
    clusters: {
      [CLUSTER_NAME]: {
        provider: 'kubeconfig',
        path: join(folder, 'kubeconfig'),
        namespaces: ['payments'],
      },
    },
    evidence: { directory: join(dataDir, 'evidence'), plaintext: true },
    channels: Object.fromEntries(
      Object.entries(channels).map(([channel, rules]) => [channel, { clusters: [CLUSTER_NAME], rules }]),
    ),
  });
  await writeFile(path, text, { mode: 0o600 });
  return path;
};
