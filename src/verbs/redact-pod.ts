import { z } from 'zod';

/** kubectl keeps the whole manifest here, environment values too. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const environmentSchema = z.array(z.looseObject({ name: z.string(), value: z.string().optional() }));

/** Where a Pod holds values that may be secrets: `env[].value` of every container, and kubectl's copy of the manifest. */
export const redactPod = (value: unknown, keyedHash: (secret: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((item) => redactPod(item, keyedHash));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key === LAST_APPLIED && typeof item === 'string') return [key, keyedHash(item)];
      const environment = key === 'env' ? environmentSchema.safeParse(item) : undefined;
      if (environment?.success === true)
        return [
          key,
          environment.data.map((entry) =>
            entry.value === undefined ? entry : { ...entry, value: keyedHash(entry.value) },
          ),
        ];
      return [key, redactPod(item, keyedHash)];
    }),
  );
};
