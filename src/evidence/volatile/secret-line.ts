import { type EvidenceText, evidenceText } from './evidence-text.ts';

/** A mounted secret's file without its content. Times are seconds since 1970. */
export interface Secret {
  readonly type: 'secret';
  readonly path: EvidenceText;
  readonly bytes: number | null;
  readonly accessed: number | null;
  readonly modified: number | null;
  readonly changed: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  /** Octal permission bits. */
  readonly mode: string | null;
}

const numberOf = (text: string | undefined): number | null =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null;

/** Reads `%s %X %Y %Z %u %g %a %n` of stat, bytes as latin1; the name is last and may hold anything. */
export const readSecret = (line: string): Secret | undefined => {
  const found = /^(\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (\/[\s\S]*?)\n*$/.exec(line);
  if (found === null) return undefined;
  const [, bytes, accessed, modified, changed, uid, gid, mode, path] = found;
  return {
    type: 'secret',
    path: evidenceText(Buffer.from(path ?? '', 'latin1')),
    bytes: numberOf(bytes),
    accessed: numberOf(accessed),
    modified: numberOf(modified),
    changed: numberOf(changed),
    uid: numberOf(uid),
    gid: numberOf(gid),
    mode: mode === undefined || mode === '?' ? null : mode,
  };
};
