import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Segment } from './segments.ts';

/** The files that hold what was uploaded, one for each object or part. */
export class Bodies {
  readonly #folder: string;
  readonly #sizes = new Map<string, number>();

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
  }

  newFile(): string {
    return join(this.#folder, randomUUID());
  }

  keep(file: string, size: number): void {
    this.#sizes.set(file, size);
  }

  /** Bytes kept, parts of unfinished uploads among them. */
  used(): number {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  async remove(files: readonly string[]): Promise<void> {
    for (const file of files) this.#sizes.delete(file);
    await Promise.all(files.map((file) => rm(file, { force: true })));
  }

  async removeSegments(segments: readonly Segment[]): Promise<void> {
    await this.remove(segments.map(({ file }) => file));
  }
}
