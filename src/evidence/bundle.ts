import { createHash } from 'node:crypto';
import type { Artifact, Bundle } from '../core/evidence.ts';
import type { OpenBundleOptions } from './bundle-context.ts';
import { collectArtifact } from './collect-artifact.ts';
import { createKeyedHash } from './keyed-hash.ts';
import { putArtifact } from './put-artifact.ts';
import { recordText } from './record-text.ts';
import { sealBundle } from './seal-bundle.ts';

const NOTHING_SHA256 = createHash('sha256').digest('hex');

/**
 * The evidence of one run while it is being collected. Streams go straight to the store.
 *
 * Throws `evidence-store` and `superseded` from the store, `no-shell` and what `ClusterClient.exec` throws from
 * `collect`, and the signal's reason for what would begin after it was aborted.
 */
export const openBundle = (options: OpenBundleOptions): Bundle => {
  const artifacts: Artifact[] = [];
  const keyedHash = createKeyedHash(options.caseKey);

  const kept = (artifact: Artifact): Artifact => {
    artifacts.push(artifact);
    return artifact;
  };

  return {
    put: async (name, method, source, container) =>
      kept(await putArtifact(options, { name, method, source, container })),

    collect: async (request) => kept(await collectArtifact(options, { request, keyedHash })),

    missing: (name, method, why, container) => {
      const at = options.clock.now().toISOString();
      kept({
        name,
        completeness: 'INCOMPLETE',
        tools: 'api',
        bytes: 0,
        sha256: NOTHING_SHA256,
        notes: [why],
        method,
        ...(container === undefined ? {} : { container }),
        startedAt: at,
        endedAt: at,
      });
    },

    record: async (name, method, text) => kept(await recordText(options, { name, method, text })),

    keyedHash,
    seal: (head) => sealBundle(options, [...artifacts], head),
  };
};
