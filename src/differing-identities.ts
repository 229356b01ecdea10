import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';
import { IDENTITIES, type Identity } from './core/cloud.ts';

/** The identities of a cluster whose credentials differ; `node` counts only where it is neither of the others. */
export const differingIdentities =
  ({ clusters }: Pick<Config, 'clusters'>) =>
  (name: string): readonly Identity[] => {
    const options = clusters.find((cluster) => cluster.name === name)?.options;
    if (options === undefined) return [];
    const same = (one: Identity, other: Identity) => isDeepStrictEqual(options[one], options[other]);
    return IDENTITIES.filter((identity) => {
      if (identity === 'read') return !same('read', 'act');
      return identity === 'act' || !(same('node', 'act') || same('node', 'read'));
    });
  };
