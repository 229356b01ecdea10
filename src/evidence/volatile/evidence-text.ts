/** Bytes as JSON can hold them: text when they are UTF-8, base64 otherwise, so that none is lost. */
export type EvidenceText = string | { readonly base64: string };

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const evidenceText = (bytes: Uint8Array): EvidenceText => {
  try {
    return UTF8.decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
  }
};

/** Splits at a byte; a trailing separator ends the last part and begins none. */
export const splitBytes = (bytes: Buffer, separator: number): readonly Buffer[] => {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(separator); at !== -1; at = bytes.indexOf(separator, start)) {
    parts.push(bytes.subarray(start, at));
    start = at + 1;
  }
  if (start < bytes.length) parts.push(bytes.subarray(start));
  return parts;
};
