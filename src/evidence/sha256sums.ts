import type { Artifact } from '../core/evidence.ts';

/**
 * One line as `sha256sum` of GNU coreutils writes it: two spaces, and a backslash in front when the name holds a
 * backslash, a newline or a carriage return, which are then escaped. Source: coreutils manual, "md5sum invocation".
 */
export const sha256sumLine = (sha256: string, name: string): string => {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === name ? '' : '\\'}${sha256}  ${escaped}\n`;
};

/** The content of `SHA256SUMS`: what is VERIFIED or COUNTED, and nothing else. */
export const sha256sums = (artifacts: readonly Artifact[]): string =>
  artifacts
    .filter(({ completeness }) => completeness === 'VERIFIED' || completeness === 'COUNTED')
    .map(({ sha256, name }) => sha256sumLine(sha256, name))
    .join('');
