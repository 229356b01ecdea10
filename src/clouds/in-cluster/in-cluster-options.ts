import { z } from 'zod';
import { accessOptions } from '../access/access-options.ts';

/** The provider's keys in `firebreak.yml`: the pod says the rest. A key that it does not act on is refused. */
export const inClusterOptionsSchema = z.strictObject({ ...accessOptions });
export type InClusterOptions = Readonly<z.infer<typeof inClusterOptionsSchema>>;
