import { z } from 'zod';

/** Keys of a cluster that mean the same for every provider that leads to an API server by itself. */
export const accessOptions = {
  /** Overrides the address that the provider names. */
  server: z.url({ protocol: /^https$/, error: 'must be an https URL' }).optional(),
  /** The name in the server's certificate, when it differs from the address. */
  tlsServerName: z.string().min(1).optional(),
  /** Overrides the proxy that the provider or the environment names. */
  proxyUrl: z
    .url({ protocol: /^(http|socks5|socks5h)$/, error: 'must be an http:// or socks5:// URL' })
    .optional(),
};
export type AccessOptions = Readonly<z.infer<z.ZodObject<typeof accessOptions>>>;
