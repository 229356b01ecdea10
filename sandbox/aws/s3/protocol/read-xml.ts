import { S3Error } from './s3-error.ts';

/** An element of a request's body. Namespaces and attributes say nothing that S3's operations need. */
export class XmlElement {
  readonly name: string;
  readonly children: XmlElement[] = [];
  text = '';

  constructor(name: string) {
    this.name = name;
  }

  all(name: string): readonly XmlElement[] {
    return this.children.filter((child) => child.name === name);
  }

  /** The text of the only child of this name. */
  value(name: string): string | undefined {
    return this.all(name)[0]?.text;
  }

  child(name: string): XmlElement | undefined {
    return this.all(name)[0];
  }
}

const TOKEN =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/gy;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The root of the document, which has to be named so. Throws MalformedXML. */
export function readXml(text: string, rootName: string): XmlElement {
  const top = new XmlElement('');
  const open = [top];
  let end = 0;
  for (const token of text.matchAll(TOKEN)) {
    end = token.index + token[0].length;
    const [, closing, name, , empty, content] = token;
    const parent = open.at(-1);
    if (parent === undefined) throw new S3Error('MalformedXML');
    if (content !== undefined) parent.text += decode(content);
    else if (name !== undefined) take(open, parent, name.replace(/^.*:/, ''), closing === '/', empty === '/');
  }
  const [root] = top.children;
  if (end !== text.length || open.length !== 1 || root?.name !== rootName || top.children.length !== 1)
    throw new S3Error('MalformedXML');
  return root;
}

function take(
  open: XmlElement[],
  parent: XmlElement,
  name: string,
  ...kind: [closes: boolean, empty: boolean]
): void {
  const [closes, empty] = kind;
  if (closes) {
    if (parent.name !== name || open.length === 1) throw new S3Error('MalformedXML');
    open.pop();
    return;
  }
  const child = new XmlElement(name);
  parent.children.push(child);
  if (!empty) open.push(child);
}

function decode(text: string): string {
  return text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (_all, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    const sign = ENTITIES[name];
    if (sign === undefined) throw new S3Error('MalformedXML');
    return sign;
  });
}
