import type { EvidenceStore } from '../core/evidence.ts';

/** The store of one worker: it asks before it begins an object, so that who was only slow adds nothing to its successor's capture. */
export const guardedStore = (store: EvidenceStore, stillHeld: () => Promise<void>): EvidenceStore => ({
  location: store.location,
  ...(store.endpoint === undefined ? {} : { endpoint: store.endpoint }),
  links: store.links,
  reference: (bundle) => store.reference(bundle),
  create: async (bundle, name, signal) => {
    await stillHeld();
    return store.create(bundle, name, signal);
  },
  supersede: async (bundle, signal) => {
    await stillHeld();
    return store.supersede(bundle, signal);
  },
  unfinished: async (bundle, signal) => {
    await stillHeld();
    return store.unfinished(bundle, signal);
  },
  inventory: (bundle, wanted, signal) => store.inventory(bundle, wanted, signal),
  link: (bundle, object, signingDate, signal) => store.link(bundle, object, signingDate, signal),
  check: (signal) => store.check(signal),
});
