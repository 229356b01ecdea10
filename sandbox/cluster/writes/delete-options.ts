import { z } from 'zod';
import { parseBody } from './parse-body.ts';
import type { WriteContext } from './write-context.ts';

const optionsSchema = z.looseObject({
  dryRun: z.array(z.string()).default([]),
  gracePeriodSeconds: z.int().min(0).nullable().default(null),
  preconditions: z
    .object({ uid: z.string().exactOptional(), resourceVersion: z.string().exactOptional() })
    .default({}),
});
export type DeleteOptions = z.infer<typeof optionsSchema>;

/** Options of a DELETE: in its body, or, when it has none, in the query. undefined: the body is none. */
export function deleteOptions({
  body,
  contentType,
  query,
}: Pick<WriteContext, 'body' | 'contentType' | 'query'>): DeleteOptions | undefined {
  if (body !== '') return optionsSchema.safeParse(parseBody(body, contentType)?.value).data;
  const grace = query.get('gracePeriodSeconds');
  return optionsSchema.safeParse({
    dryRun: query.getAll('dryRun').filter((one) => one !== ''),
    gracePeriodSeconds: grace === null ? null : Number(grace),
  }).data;
}
