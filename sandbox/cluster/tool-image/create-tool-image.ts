import type { Image } from '../runtime/image.ts';
import { listToolFiles } from './list-tool-files.ts';

export interface ToolImage {
  readonly image: Image;
  /** What it lacks on this machine, in one sentence; empty when it is whole. */
  readonly missing: string;
}

/** Numbers and command are those of the Dockerfile. */
const IMAGE: Image = {
  ...{ userland: 'tool image', uid: 65_534, gid: 65_534, workingDir: '/' },
  entrypoint: ['/usr/bin/sleep', '60'],
};

/** The tool image of deploy/tool-image, assembled from this machine's packages; or why there is none, in one sentence. */
export function createToolImage(): ToolImage | string {
  const files = listToolFiles();
  if (typeof files === 'string') return files;
  const names = files.missing.join(' ');
  return {
    image: IMAGE,
    missing: names === '' ? '' : `This machine lacks ${names} of the tool image: apt-get install ${names}.`,
  };
}
