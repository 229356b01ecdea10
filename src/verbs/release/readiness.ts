import { z } from 'zod';

const podSchema = z.looseObject({
  status: z
    .looseObject({
      phase: z.string().default(''),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ phase: '', conditions: [] }),
});

/** Whether the cluster calls the pod Ready: a controller deletes those that are not before any other. */
export const isReady = (pod: unknown): boolean =>
  podSchema.parse(pod).status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
