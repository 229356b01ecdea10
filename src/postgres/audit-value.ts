import { storable } from './storable.ts';

const NAME = /^[\x21-\x7e]+$/;

/**
 * The value as an audit event may carry it: objects with printable ASCII names, arrays, strings, whole numbers within
 * ±(2^53 − 1), true, false, null. Then RFC 8785 is the same as sorted keys and no spaces in every language.
 * Throws with the path of what is something else; members that are undefined are left out.
 */
export function auditValue(value: unknown, path: string): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return storable(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (Array.isArray(value)) return value.map((item: unknown, index) => auditValue(item, `${path}[${index}]`));
  if (typeof value === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(value)))
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]: [string, unknown]) => {
          if (!NAME.test(name))
            throw new TypeError(`audit event: ${path} has a name that is not printable ASCII`);
          return [name, auditValue(member, `${path}.${name}`)];
        }),
    );
  throw new TypeError(
    `audit event: ${path} is not a string, whole number, true, false, null, array or object`,
  );
}
