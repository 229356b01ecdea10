import { createHash } from 'node:crypto';
import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { asMap } from '../writes/json-tree.ts';

const HASH_LENGTH = 10;

/** The hash that a controller marks the pods of its present template with. */
export const templateHash = (controller: KubeObject): string =>
  createHash('sha256')
    .update(JSON.stringify(asMap(controller['spec'])?.['template']))
    .digest('hex')
    .slice(0, HASH_LENGTH);

/** The revision that a StatefulSet's pods are of: as its status says, or by its template. */
export const revisionOf = (set: KubeObject): string =>
  fieldOf(set, 'status.updateRevision') || `${set.metadata.name}-${templateHash(set)}`;
