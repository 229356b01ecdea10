import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { BUILD_COMMAND, requireToolImage } from './require-tool-image.ts';

const IMAGE = `registry.example.com/firebreak-tools@sha256:${'0f'.repeat(32)}`;
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('a cluster with a tool image gives it', () =>
  expect(requireToolImage({ name: 'prod', toolImage: IMAGE })).toBe(IMAGE));

test('a cluster without one refuses, with the command that builds and pushes it', () => {
  const refused = () => requireToolImage({ name: 'prod' });
  expect(refused).toThrow(FirebreakError);
  expect(refused).toThrow('Cluster prod names no toolImage');
  try {
    refused();
  } catch (thrown) {
    const { code, next } = thrown instanceof FirebreakError ? thrown : { code: '', next: '' };
    expect(code).toBe('config-invalid');
    expect(next).toContain(`\`${BUILD_COMMAND}\``);
    expect(next).toContain('`clusters.prod`');
  }
});

test('that command is the Dockerfile’s own, and the manual’s', () => {
  expect(read('deploy/tool-image/Dockerfile')).toContain(BUILD_COMMAND);
  expect(read('docs/footholds.md')).toContain(BUILD_COMMAND);
  const [, argument] = /--build-arg (\w+)=/.exec(BUILD_COMMAND) ?? [];
  expect(read('deploy/tool-image/Dockerfile')).toContain(`ARG ${argument}\nFROM \${${argument}} AS packages`);
});
