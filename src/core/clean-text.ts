import { isIPv6 } from 'node:net';

/** Control characters, line and paragraph separators: each would break a line of a card, or hide one. */
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;
/** Direction overrides and invisible characters, which make a name look like another. */
const DECEPTIVE = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const SCHEME = /\b(?:ht|f)tps?:\/\//giu;
const IPV4 = /\b(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b/gu;
const COLON_WORD = /[0-9a-f]*:[0-9a-f:]+/giu;

/**
 * Takes the teeth out of addresses, as incident reports do, so that nothing can be pressed by mistake and no client
 * turns it into a link: `hxxp://`, `1[.]2[.]3[.]4`, `2001[:]db8::1`.
 */
export const defang = (text: string): string =>
  text
    .replace(SCHEME, (scheme) => scheme.toLowerCase().replace('tt', 'xx').replace('ftp', 'fxp'))
    .replace(IPV4, '$1[.]$2[.]$3[.]$4')
    .replace(COLON_WORD, (word) => (isIPv6(word) ? word.replace(':', '[:]') : word));

/** At most `max` UTF-16 units of `text`, never half a character; what was cut is marked by `…`. */
export const cut = (text: string, max: number): string => {
  if (text.length <= max) return text;
  const end = max - 1;
  const last = text.charCodeAt(end - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, splitsPair ? end - 1 : end)}…`;
};

/** One line of text from Slack, a cluster or a suspect: no control characters, nothing invisible, no live address. */
export const cleanText = (text: string, max: number): string =>
  cut(defang(text.replace(CONTROL, ' ').replace(DECEPTIVE, '\ufffd')).trim(), max);
