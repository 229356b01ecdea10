import { isDeepStrictEqual } from 'node:util';
import type { Document, LineCounter } from 'yaml';
import { z } from 'zod';
import type { Cloud, Identity } from '../core/cloud.ts';
import { CLOUD_PARTS } from '../core/cloud-part.ts';
import type { ConfigProblem } from './config-problem.ts';
import { problemAt, problemsOf } from './config-problem.ts';
import type { ConfigContext, ConfiguredCluster } from './context.ts';
import { commonClusterSchema } from './file-schema.ts';

/** Clusters are checked even where another part of the file is wrong, so that every mistake is reported at once. */
const looseFileSchema = z.looseObject({ clusters: z.record(z.string(), z.unknown()).catch({}) });

export const readClusters = (
  file: unknown,
  document: Document,
  lines: LineCounter,
  { clouds }: ConfigContext,
): { readonly problems: readonly ConfigProblem[]; readonly entries: readonly ConfiguredCluster[] } => {
  const problems: ConfigProblem[] = [];
  const entries: ConfiguredCluster[] = [];
  const loose = looseFileSchema.safeParse(file);
  for (const [name, value] of Object.entries(loose.success ? loose.data.clusters : {})) {
    const common = commonClusterSchema.safeParse(value);
    if (!common.success) continue;
    const { provider, namespaces, identities, protected: guarded, floor, ...others } = common.data;
    const { toolImage, footholds, isolation, ...own } = others;
    const cloud = clouds.find((candidate) => candidate.provider === provider);
    if (cloud === undefined) {
      problems.push(
        problemAt(['clusters', name, 'provider'], unknownProvider(provider, clouds), document, lines),
      );
      continue;
    }
    const merged = (identity: Identity): unknown => ({ ...own, ...identities[identity] });
    try {
      cloud.access.readOptions(own);
      const options = {
        read: cloud.access.readOptions(merged('read')),
        act: cloud.access.readOptions(merged('act')),
        node: cloud.access.readOptions(merged('node')),
      };
      entries.push({
        name,
        provider: cloud.provider,
        cloud,
        parts: CLOUD_PARTS.filter((part) => part in cloud),
        options,
        identities: isDeepStrictEqual(options.read, options.act) ? 'one for all' : 'read and act',
        ...(isDeepStrictEqual(options.node, options.act) ? {} : { nodeIdentity: 'its own' as const }),
        namespaces,
        guard: {
          floorApprovals: floor.approvals,
          protectedNamespaces: guarded.namespaces,
          protectedLabels: guarded.labels,
        },
        ...(toolImage === undefined ? {} : { toolImage }),
        footholds,
        isolation,
      });
    } catch (thrown) {
      if (!(thrown instanceof z.ZodError)) throw thrown;
      problems.push(...problemsOf(thrown, document, lines, ['clusters', name]));
    }
  }
  return { problems, entries };
};

const unknownProvider = (provider: string, clouds: readonly Cloud[]): string =>
  `there is no provider ${provider}; this version reaches ${clouds.map((cloud) => cloud.provider).join(', ')}`;
