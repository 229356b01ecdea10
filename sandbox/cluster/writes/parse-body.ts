import { parse } from 'yaml';

/** A body of JSON or YAML; undefined when it is neither. */
export function parseBody(body: string, contentType: string): { readonly value: unknown } | undefined {
  try {
    return { value: contentType.includes('yaml') ? parse(body) : JSON.parse(body) };
  } catch {
    return undefined;
  }
}
