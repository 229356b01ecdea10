const UNRESERVED = /[A-Za-z0-9\-._~]/;

/** UriEncode of Signature Version 4: every byte but RFC 3986's unreserved characters becomes `%XX` in capitals. */
export function percentEncode(text: string): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const letter = String.fromCharCode(byte);
    return UNRESERVED.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** The opposite, for paths and queries; `undefined` for an escape that is none or bytes that are not UTF-8. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
