import { z } from 'zod';

const httpsUrl = z
  .url({ protocol: /^https$/, error: 'must be an https URL' })
  .describe('Overrides the address that the kubeconfig holds.');
const proxyUrl = z
  .url({ protocol: /^(http|socks5|socks5h)$/, error: 'must be an http:// or socks5:// URL' })
  .describe('Overrides the proxy that the kubeconfig holds.');

/** The provider's keys in `firebreak.yml`. A key that it does not act on is refused. */
export const kubeconfigOptionsSchema = z.strictObject({
  path: z.string().min(1),
  /** Default: the kubeconfig's `current-context`. */
  context: z.string().min(1).optional(),
  server: httpsUrl.optional(),
  tlsServerName: z.string().min(1).optional(),
  proxyUrl: proxyUrl.optional(),
});
export type KubeconfigOptions = Readonly<z.infer<typeof kubeconfigOptionsSchema>>;
