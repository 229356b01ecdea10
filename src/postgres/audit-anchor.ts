import { FirebreakError } from '../core/firebreak-error.ts';
import type { AuditPlace } from './audit-row.ts';

/** Reads `42:<64 hexadecimal digits>`, as manifests and channels show an anchor. Throws `command-invalid`. */
export function parseAnchor(text: string): AuditPlace {
  const match = /^(0|[1-9]\d{0,14}):([0-9a-f]{64})$/i.exec(text.trim());
  if (match?.[1] === undefined || match[2] === undefined)
    throw new FirebreakError({
      code: 'command-invalid',
      message: `"${text}" is not an anchor.`,
      next: 'Write the number of the event, a colon and its hash of 64 hexadecimal digits, as manifest.json shows them.',
    });
  return { seq: Number(match[1]), hash: match[2].toLowerCase() };
}
