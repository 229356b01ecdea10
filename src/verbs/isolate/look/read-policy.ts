import { z } from 'zod';
import { DIRECTIONS, type PolicyRules } from './policy-rules.ts';

const namedSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
});

/**
 * Reads one policy. One in a form that this version does not know may select the pod, and may allow everything: it is
 * never left out. Throws ZodError for what is no object of Kubernetes.
 */
export const readPolicy = (raw: unknown, read: (raw: unknown) => PolicyRules): PolicyRules => {
  try {
    return read(raw);
  } catch (thrown) {
    if (!(thrown instanceof z.ZodError)) throw thrown;
    const { name, namespace } = namedSchema.parse(raw).metadata;
    return { name, namespace, selects: () => 'may', appliesTo: DIRECTIONS, allows: DIRECTIONS };
  }
};
