import { createHmac } from 'node:crypto';

/** A secret's stand-in: `hmac-sha256:<64 hex>`, the same for the same bytes within a case. */
export type KeyedHash = (value: string | Uint8Array) => string;

/**
 * A plain hash of a short secret is found by trying; with the case's key that takes the key. Source: RFC 2104.
 * Text is hashed as UTF-8.
 */
export const createKeyedHash = (caseKey: Uint8Array): KeyedHash => {
  const key = Uint8Array.from(caseKey);
  return (value) => `hmac-sha256:${createHmac('sha256', key).update(value).digest('hex')}`;
};
