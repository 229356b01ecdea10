import type { JournaledUpload, UploadJournal } from '../../src/core/evidence.ts';

interface Entry extends JournaledUpload {
  readonly superseded: 'yes' | 'no';
  readonly ended: 'yes' | 'no';
}

/** A journal that several stores of one test share, as several processes share the one in Postgres. */
export interface MemoryUploadJournal extends UploadJournal {
  /** Names of what has begun and not ended. */
  open(): readonly string[];
  /** Every call, in order: `begin files.tar`. */
  readonly calls: readonly string[];
}

export const memoryUploadJournal = (): MemoryUploadJournal => {
  const entries = new Map<string, Entry>();
  const calls: string[] = [];
  const entry = (id: string): Entry => {
    const found = entries.get(id);
    if (found === undefined) throw new Error(`no upload ${id} in the journal`);
    return found;
  };
  const standing = (id: string) => (entry(id).superseded === 'yes' ? 'superseded' : 'open');
  return {
    calls,
    open: () => [...entries.values()].filter(({ ended }) => ended === 'no').map(({ name }) => name),
    begin: async (upload) => {
      calls.push(`begin ${upload.name}`);
      entries.set(upload.id, { ...upload, superseded: 'no', ended: 'no' });
    },
    multipart: async (id, uploadId) => {
      calls.push(`multipart ${entry(id).name}`);
      entries.set(id, { ...entry(id), uploadId });
      return standing(id);
    },
    standing: async (id) => standing(id),
    end: async (id) => {
      calls.push(`end ${entry(id).name}`);
      const stood = standing(id);
      entries.set(id, { ...entry(id), ended: 'yes' });
      return stood;
    },
    supersede: async (bundle) => {
      const open = [...entries.values()].filter((one) => one.bundle === bundle && one.ended === 'no');
      for (const one of open) entries.set(one.id, { ...one, superseded: 'yes' });
      return open;
    },
  };
};
