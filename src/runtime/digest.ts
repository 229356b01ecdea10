import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Digest } from '../core/digest.ts';

/** Source: RFC 8785. Throws on values that JSON does not have (NaN, undefined at the top). */
export const digest: Digest = {
  canonical: (value) => {
    const text = canonicalize(value);
    if (text === undefined) throw new TypeError('a value without a JSON form can not be digested');
    return text;
  },
  sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
};
