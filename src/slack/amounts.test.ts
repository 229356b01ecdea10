import { expect, it } from 'vitest';
import { bytesText, durationText, shortDigest } from './amounts.ts';

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [123_456_789, '118 MiB'],
  [3_221_225_472, '3.0 GiB'],
])('writes %i bytes as %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

it.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [185_000, '3 min 05 s'],
  [3_720_000, '1 h 02 min'],
])('writes %i ms as %s', (ms, text) => expect(durationText(ms)).toBe(text));

it.each([
  ['containerd://3f2a91c0b1d2e3f4', '3f2a91c0b1d2'],
  ['registry.example/app@sha256:ab12cd34ef5600', 'ab12cd34ef56'],
  ['', 'none'],
])('shortens %j to %s', (digest, text) => expect(shortDigest(digest)).toBe(text));
