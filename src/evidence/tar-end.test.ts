import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { TarEnd } from './tar-end.ts';

const archive = execFileSync('tar', ['-cf', '-', 'tar-end.ts'], { cwd: import.meta.dirname });

const watched = (bytes: Uint8Array, pieceBytes: number): boolean => {
  const end = new TarEnd();
  for (let at = 0; at < bytes.length; at += pieceBytes) end.add(bytes.subarray(at, at + pieceBytes));
  return end.isWhole;
};

describe('the end of an archive', () => {
  test.each([1, 7, 512, 700, 1_000_000])('is found in pieces of %d bytes', (pieceBytes) => {
    expect(watched(archive, pieceBytes)).toBe(true);
  });

  test.each([0, 5, 512, 1024, archive.length - 10_000])('is missed in a torso of %d bytes', (length) => {
    // GNU tar pads with zeros; the torso ends before them.
    const content = archive.subarray(0, 512 + 512);
    expect(watched(content.subarray(0, length), 100)).toBe(false);
  });

  test('is missed when a byte comes after it, or one is missing', () => {
    expect(watched(Buffer.concat([archive, Buffer.from('x')]), 300)).toBe(false);
    expect(watched(archive.subarray(1), 300)).toBe(false);
  });

  test('is missed when zeros are all there is room for', () => {
    expect(watched(Buffer.alloc(512), 64)).toBe(false);
  });
});
