import { z } from 'zod';
import { accessOptions } from '../access/access-options.ts';

/** The provider's keys in `firebreak.yml`. A key that it does not act on is refused. */
export const kubeconfigOptionsSchema = z.strictObject({
  path: z.string().min(1),
  /** Default: the kubeconfig's `current-context`. */
  context: z.string().min(1).optional(),
  ...accessOptions,
});
export type KubeconfigOptions = Readonly<z.infer<typeof kubeconfigOptionsSchema>>;
