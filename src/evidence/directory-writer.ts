import { createHash } from 'node:crypto';
import { type FileHandle, link, lstat, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ArtifactWriter, WrittenObject } from '../core/evidence.ts';
import { errnoOf, storeFailure, supersededName } from './store-failure.ts';
import { syncFolder } from './sync-folder.ts';

export interface DirectoryWriterPlace {
  /** The store's root, for sentences. */
  readonly root: string;
  /** The object's name within the bundle, for sentences. */
  readonly name: string;
  readonly partialPath: string;
  readonly finalPath: string;
  /** Open for writing at `partialPath`, created by this writer. */
  readonly handle: FileHandle;
}

const inodeAt = async (path: string): Promise<bigint | undefined> => {
  try {
    return (await lstat(path, { bigint: true })).ino;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
};

/**
 * Writes one object. `close` publishes by link(2), which never overwrites. A writer whose file was moved away by
 * `supersede` finds another inode, or none, under its partial name and publishes nothing.
 */
class DirectoryWriter implements ArtifactWriter {
  readonly #place: DirectoryWriterPlace;
  readonly #inode: bigint;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #state: 'open' | 'closed' = 'open';

  constructor(place: DirectoryWriterPlace, inode: bigint) {
    this.#place = place;
    this.#inode = inode;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#requireOpen();
    try {
      // What `supersede` moved away is an earlier capture's, hashed as it lies there: a slow writer adds nothing to it.
      if ((await inodeAt(this.#place.partialPath)) !== this.#inode)
        throw supersededName(this.#place.root, this.#place.name);
      let offset = 0;
      while (offset < bytes.length) {
        const { bytesWritten } = await this.#place.handle.write(bytes, offset);
        offset += bytesWritten;
      }
    } catch (thrown) {
      await this.#release();
      throw storeFailure(this.#place.root, thrown);
    }
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  async close(): Promise<WrittenObject> {
    this.#requireOpen();
    const { handle, root } = this.#place;
    try {
      await handle.sync();
      const { size } = await handle.stat({ bigint: true });
      if (size !== BigInt(this.#bytes)) {
        throw new Error(`the medium holds ${size} of ${this.#bytes} bytes`);
      }
      await this.#publish();
    } catch (thrown) {
      throw storeFailure(root, thrown);
    } finally {
      await this.#release();
    }
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async #publish(): Promise<void> {
    const ino = this.#inode;
    const { partialPath, finalPath, root, name } = this.#place;
    if ((await inodeAt(partialPath)) !== ino) throw supersededName(root, name);
    try {
      await link(partialPath, finalPath);
    } catch (thrown) {
      const errno = errnoOf(thrown);
      throw errno === 'EEXIST' || errno === 'ENOENT' ? supersededName(root, name) : thrown;
    }
    // Between the look and the link another capture may have begun a file of the same name: that one is not ours.
    if ((await inodeAt(finalPath)) !== ino) {
      await unlink(finalPath);
      throw supersededName(root, name);
    }
    await unlink(partialPath);
    await syncFolder(dirname(finalPath));
  }

  #requireOpen(): void {
    if (this.#state === 'closed') throw supersededName(this.#place.root, this.#place.name);
  }

  async #release(): Promise<void> {
    this.#state = 'closed';
    await this.#place.handle.close();
  }
}

/** Begins an object; its partial name must be free, so two writers of one name can't mix their bytes. */
export const openDirectoryWriter = async (
  place: Omit<DirectoryWriterPlace, 'handle'>,
): Promise<DirectoryWriter> => {
  if ((await inodeAt(place.finalPath)) !== undefined) throw supersededName(place.root, place.name);
  try {
    const handle = await open(place.partialPath, 'wx', 0o600);
    return new DirectoryWriter({ ...place, handle }, (await handle.stat({ bigint: true })).ino);
  } catch (thrown) {
    throw errnoOf(thrown) === 'EEXIST' ? supersededName(place.root, place.name) : thrown;
  }
};
