import type { Impersonation } from '../core/impersonation.ts';

/** A header that may be sent several times has a list. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[]>>;

/**
 * `Impersonate-User`, and one `Impersonate-Extra-<key>` for each value. The API server takes a value as it is sent; only
 * keys are percent-decoded, and Firebreak's have no character that needs it. Node refuses a value with a line break.
 * Source: Kubernetes, "User impersonation"; k8s.io/apiserver, endpoints/filters/impersonation.
 */
export const impersonationHeaders = ({ user, extra }: Impersonation): RequestHeaders => ({
  'impersonate-user': user,
  ...Object.fromEntries(Object.entries(extra).map(([key, values]) => [`impersonate-extra-${key}`, values])),
});

/** As Node takes them: lists that may be changed. */
export const nodeHeaders = (headers: RequestHeaders): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
