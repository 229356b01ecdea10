/** A piece of XML that was escaped already. */
export interface Xml {
  readonly xml: string;
}

type Content = string | number | boolean | undefined | Xml | readonly Xml[];

/** An element; nothing at all where the content is undefined. */
export function element(name: string, content: Content): Xml {
  if (content === undefined) return { xml: '' };
  if (typeof content === 'object')
    return { xml: `<${name}>${'xml' in content ? content.xml : join(content)}</${name}>` };
  return { xml: `<${name}>${escapeText(String(content))}</${name}>` };
}

/** A whole document in S3's namespace. */
export function xmlDocument(name: string, content: readonly Xml[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${join(content)}</${name}>`;
}

/** Errors have no namespace. */
export function errorDocument(content: readonly Xml[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${join(content)}</Error>`;
}

function join(parts: readonly Xml[]): string {
  return parts.map((part) => part.xml).join('');
}

function escapeText(text: string): string {
  return text.replace(/[&<>"\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
