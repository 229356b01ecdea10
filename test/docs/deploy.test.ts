import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const MANIFESTS = new URL('../../deploy/firebreak.yaml', import.meta.url);

const podSchema = z.looseObject({
  securityContext: z.unknown(),
  containers: z.array(
    z.looseObject({
      image: z.string(),
      args: z.array(z.string()).default([]),
      securityContext: z.unknown(),
      volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
    }),
  ),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
});
const objectSchema = z.looseObject({
  kind: z.string(),
  spec: z.looseObject({ template: z.looseObject({ spec: podSchema }).optional() }).optional(),
});

/** As kubectl does: cut at `---` first, so that an anchor of one object means nothing in the next. */
const objects = async () =>
  (await readFile(MANIFESTS, 'utf8')).split(/^---$/m).map((text) => objectSchema.parse(parse(text)));

test('every object of the manifests stands by itself', async () => {
  expect((await objects()).map(({ kind }) => kind)).toEqual([
    'Namespace',
    'PersistentVolumeClaim',
    'Job',
    'Deployment',
  ]);
});

test('its pods pass the restricted Pod Security Standard and mount what they name', async () => {
  const pods = (await objects()).flatMap(({ spec }) => spec?.template?.spec ?? []);
  expect(pods).toHaveLength(2);
  for (const { securityContext, containers, volumes } of pods) {
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const container of containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      for (const { name } of container.volumeMounts)
        expect(volumes.map((volume) => volume.name)).toContain(name);
    }
  }
});
