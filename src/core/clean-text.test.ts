import { describe, expect, it } from 'vitest';
import { cleanText, cut, defang } from './clean-text.ts';

describe('defang', () => {
  it.each([
    ['see http://evil.example/x', 'see hxxp://evil.example/x'],
    ['HTTPS://evil.example', 'hxxps://evil.example'],
    ['ftp://h/f', 'fxp://h/f'],
    ['to 203.0.113.9:443', 'to 203[.]0[.]113[.]9:443'],
    ['to 2001:db8::1 now', 'to 2001[:]db8::1 now'],
    ['at 10:32:07 UTC', 'at 10:32:07 UTC'],
    ['app:1.4.2', 'app:1.4.2'],
  ])('writes %j as %j', (text, safe) => expect(defang(text)).toBe(safe));
});

describe('cleanText', () => {
  it('keeps text on one line', () => {
    expect(cleanText('a\r\nb\u2028c\u0000d\u001b[31me', 100)).toBe('a b c d [31me');
  });

  it('shows characters that deceive the eye', () => {
    expect(cleanText('pod\u202egpj\u200b', 100)).toBe('pod\ufffdgpj\ufffd');
  });

  it('cuts after cleaning, and marks it', () => {
    expect(cleanText('1.1.1.1 1.1.1.1', 10)).toBe('1[.]1[.]1…');
  });
});

describe('cut', () => {
  it('never leaves half a character', () => {
    expect(cut('ab😀cd', 4)).toBe('ab…');
    expect(cut('ab😀cd', 5)).toBe('ab😀…');
  });
});
