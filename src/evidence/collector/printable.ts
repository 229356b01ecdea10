/**
 * A suspect's bytes as one line that may stand in a note: control characters, and what is no UTF-8, as `\xNN`.
 */
export const printable = (bytes: Uint8Array): string => {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = whole.toString('utf8');
  const safe = Buffer.from(text, 'utf8').equals(whole) ? text : whole.toString('latin1');
  const latin = safe !== text;
  return safe.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[^\0-\x7f]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const isControl = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character);
    if (!isControl && !latin) return character;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
};
