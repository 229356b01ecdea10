import { didYouMean, type Mistake, mistake } from './mistake.ts';
import type { Provider } from './provider.ts';
import { PROVIDERS } from './provider.ts';

export interface NamedCluster {
  readonly name: string;
  readonly provider: Provider;
}

type ChosenCluster =
  | { readonly kind: 'chosen'; readonly cluster: NamedCluster; readonly notes: readonly string[] }
  /** None was named, and the channel has several. */
  | { readonly kind: 'several'; readonly clusters: readonly NamedCluster[] }
  | Mistake;

/** Reads `[provider] [cluster]`, as it stands before a target. */
export const chooseCluster = (
  before: readonly string[],
  clusters: readonly NamedCluster[],
  example: string,
): ChosenCluster => {
  const provider = PROVIDERS.find((known) => known === before[0]?.toLowerCase());
  const places = provider === undefined ? before : before.slice(1);
  const [typed] = places;
  if (typed !== undefined && places.length > 1)
    return mistake(`\`${typed}\` is not a provider.${didYouMean(typed, PROVIDERS)}`, example);
  if (clusters.length === 0)
    return mistake('This channel has no clusters in the configuration.', '/k8s clusters');
  const names = clusters.map(({ name }) => name);
  const named = clusters.find(({ name }) => name === typed);
  if (typed !== undefined && named === undefined)
    return mistake(
      `There is no cluster \`${typed}\` in this channel.${didYouMean(typed, names)} It has: ${names.join(', ')}.`,
      example,
    );
  const candidates =
    provider === undefined ? clusters : clusters.filter((cluster) => cluster.provider === provider);
  const left = candidates.length === 0 ? clusters : candidates;
  const cluster = named ?? (left.length === 1 ? left[0] : undefined);
  if (cluster === undefined) return { kind: 'several', clusters: left };
  return {
    kind: 'chosen',
    cluster,
    notes:
      provider !== undefined && provider !== cluster.provider
        ? [`${cluster.name} is a ${cluster.provider} cluster, not ${provider}: read as ${cluster.provider}.`]
        : [],
  };
};
