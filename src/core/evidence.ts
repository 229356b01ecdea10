import { z } from 'zod';

/**
 * VERIFIED: count and SHA-256 are equal at source and store. COUNTED: an end mark and a count, no hash at the source.
 * REFERENCE: held by a provider. INCOMPLETE: not provably whole.
 */
export const COMPLETENESS = ['VERIFIED', 'COUNTED', 'REFERENCE', 'INCOMPLETE'] as const;
export type Completeness = (typeof COMPLETENESS)[number];

/** Whose programs produced the bytes. A suspect's own tools can lie. */
export const TOOLS = ['api', 'provider', 'firebreak', 'suspect'] as const;
export type Tools = (typeof TOOLS)[number];

export const artifactSchema = z.strictObject({
  /** Path within the bundle, `/` as separator: `files.tar`, `logs/app.log`. */
  name: z.string(),
  completeness: z.enum(COMPLETENESS),
  tools: z.enum(TOOLS),
  /** What lies in the store. */
  bytes: z.int().nonnegative(),
  sha256: z.string(),
  /** The version of the object, where the store keeps versions. */
  version: z.exactOptional(z.string()),
  /** What the source said it sent, where it could say so. */
  source: z
    .strictObject({ bytes: z.int().nonnegative().optional(), sha256: z.string().optional() })
    .optional(),
  /** Whole sentences: why it is INCOMPLETE, what is missing, what was changed on arrival. */
  notes: z.array(z.string()).readonly(),
  /** How it was read: an API path, or the argv that ran. */
  method: z.string(),
  container: z.string().optional(),
  /** UTC, RFC 3339 with milliseconds. */
  startedAt: z.string(),
  endedAt: z.string(),
});
export type Artifact = Readonly<z.infer<typeof artifactSchema>>;

/** What lies in the store under a name. */
export interface WrittenObject {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Where the store keeps versions. */
  readonly version?: string;
}

/** An artifact that is being written. `close` makes it visible under its name; it can't be opened again. */
export interface ArtifactWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Flushes to the medium and publishes. Resolves with what lies in the store. */
  close(): Promise<WrittenObject>;
}

export interface StoredObject {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A link that opens one object for whoever holds it, and that saves it to a file. Never in a log, an error or a channel. */
export interface EvidenceLink {
  readonly url: string;
  readonly expiresAt: Date;
  /** The version that it opens, where the store keeps versions. */
  readonly version?: string;
}

/** A store that speaks S3's protocol and is not AWS: what its clients have to be told beside a reference. */
export interface StoreEndpoint {
  /** Without a user. */
  readonly url: string;
  readonly region: string;
}

/** How long a link lives, unless the credentials that sign it end sooner. */
export const LINK_SECONDS = 300;

/** What an object is called as long as it is not whole. */
export const PARTIAL_SUFFIX = '.partial';

/**
 * Where evidence goes. Objects are written once and never overwritten. What a dead process had begun is kept:
 * `supersede` moves everything that an earlier capture of the run left below `superseded-<n>/`.
 *
 * Every method throws `evidence-store` with what to do when the medium refuses, fills or fails.
 */
export interface EvidenceStore {
  /** Where all of it lies, as people are told it. With a directory: its absolute path. */
  readonly location: string;
  /** Where `reference` is not enough to find it. */
  readonly endpoint?: StoreEndpoint;
  /** Whether `link` makes links, or says where the objects lie instead. */
  readonly links: 'presigned' | 'none';
  /** A stable reference to a bundle, as people are told it. With a directory: its absolute path. */
  reference(bundle: string): string;
  /** `bundle` is `<case>/<run>`. Throws `superseded` when the name exists, here or when the object is closed. */
  create(bundle: string, name: string, signal: AbortSignal): Promise<ArtifactWriter>;
  /** Moves what lies in the bundle below `superseded-<n>/`. Names all that lies there, what was moved before too. */
  supersede(bundle: string, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Before a bundle is sealed: ends what was begun in it and never closed, so that nothing stays open. What had arrived is
   * kept as `<name>.partial`. Resolves with all of that, read back and hashed.
   */
  unfinished(bundle: string, signal: AbortSignal): Promise<readonly StoredObject[]>;
  /** What lies in the bundle under a wanted name, read back and hashed. Nothing else is read: an object may have 156 GiB. */
  inventory(
    bundle: string,
    wanted: (name: string) => boolean,
    signal: AbortSignal,
  ): Promise<readonly StoredObject[]>;
  /**
   * A link to one object that lives for `LINK_SECONDS` from `signingDate`: to the version that is named, else to the newest.
   * Throws `not-found`, and `evidence-store` where there are no links.
   */
  link(
    bundle: string,
    object: { readonly name: string; readonly version?: string },
    signingDate: Date,
    signal: AbortSignal,
  ): Promise<EvidenceLink>;
  /** Proves that the store takes a write; used before anyone is asked to approve, and by `/readyz`. */
  check(signal: AbortSignal): Promise<void>;
}

/** How a store keeps what was written from deletion. `unknown`: it did not say, or is not let say. */
export type StoreLock =
  /** `how` is for people: `GOVERNANCE, 365 days`. */
  { readonly kind: 'on'; readonly how: string } | { readonly kind: 'off' | 'unknown'; readonly why: string };

/** What came of trying to delete a probe object, whole sentences. */
export type DeletionTried =
  | { readonly kind: 'denied'; readonly how: string }
  | { readonly kind: 'deleted'; readonly why: string };

/** How a store is looked at, without a run and without a database. Throws `evidence-store` as the store does. */
export interface StoreInspection {
  readonly location: string;
  /** Proves by reads alone that the store is there. Throws where what the configuration asks of it is off. */
  look(signal: AbortSignal): Promise<StoreLock>;
  /** Writes a probe object as evidence is written, and tries to delete it for good. */
  probe(signal: AbortSignal): Promise<DeletionTried>;
}

/** One object that a process began to upload, as the journal knows it. */
export interface JournaledUpload {
  /** A UUID that the object carries too, so that it can be told whose it is. */
  readonly id: string;
  /** `<case>/<run>`. */
  readonly bundle: string;
  /** Path within the bundle. */
  readonly name: string;
  /** The store's own id of a multipart upload; absent while none was begun. */
  readonly uploadId?: string;
}

/** `superseded`: another capture took the bundle over, so whoever writes has to stop and to take back what it published. */
export type UploadStanding = 'open' | 'superseded';

/**
 * Remembers what is being uploaded to a store, so that a takeover finds what a dead process left. Every method throws
 * `database-unavailable`. Each is written before what it announces is done.
 */
export interface UploadJournal {
  /** Before anything is sent. */
  begin(upload: Omit<JournaledUpload, 'uploadId'>): Promise<void>;
  /** After a multipart upload was begun, and before its first part. */
  multipart(id: string, uploadId: string): Promise<UploadStanding>;
  /** Before an object is published. */
  standing(id: string): Promise<UploadStanding>;
  /** Nothing of it is left open: it was published, taken back or moved. Resolves with how it stood until then. */
  end(id: string): Promise<UploadStanding>;
  /** From now on whatever is open in the bundle is superseded. Resolves with all that has not ended. */
  supersede(bundle: string): Promise<readonly JournaledUpload[]>;
}

/** Volatile state first, then files (RFC 3227, section 2.1). */
export const COLLECTIONS = ['volatile', 'files'] as const;
export type Collection = (typeof COLLECTIONS)[number];

/** What runs inside a container, by exec with a script on stdin. */
export interface CollectRequest {
  readonly collection: Collection;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The source stops after this many bytes; the artifact is then INCOMPLETE and says what is missing. */
  readonly maxBytes: number;
  /** The source stops by itself after this many seconds. */
  readonly deadlineSeconds: number;
  /** Mount points whose content is a secret (Secret volumes, projected tokens): path, size, times and a keyed hash only. */
  readonly secretMounts: readonly string[];
  /** Paths asked for by `--path`; empty means the container's root file system without any other mount. */
  readonly paths: readonly string[];
}

export interface Progress {
  /** `volatile`, `files`, `logs`: what is being read now. */
  readonly phase: string;
  readonly bytes: number;
}

/** What the sealed manifest says beside the artifacts. Canonical JSON; the caller owns the shape. */
export type ManifestHead = Readonly<Record<string, unknown>>;

/** An object as it was sealed: in this version, where the store keeps versions. */
export interface SealedObject {
  readonly name: string;
  readonly version?: string;
}

export interface SealedBundle {
  readonly reference: string;
  /** Where the reference is not enough to find it. */
  readonly endpoint?: StoreEndpoint;
  /** SHA-256 of `manifest.json`, hex. */
  readonly manifestSha256: string;
  /** The version of `manifest.json`, where the store keeps versions. */
  readonly manifestVersion?: string;
  /** What lies beside the manifest: `SHA256SUMS`, and `INCOMPLETE` where something is. */
  readonly seals: readonly SealedObject[];
  readonly completeness: 'complete' | 'INCOMPLETE';
  readonly artifacts: readonly Artifact[];
}

/** The evidence of one run while it is being collected. Every artifact is streamed; nothing is held whole in memory. */
export interface Bundle {
  /** From the API: an object, a log. `source` is consumed once. A failure of the source leaves an INCOMPLETE artifact and is returned, not thrown. */
  put(name: string, method: string, source: AsyncIterable<Uint8Array>, container?: string): Promise<Artifact>;
  /** From inside a container. Throws `no-shell` when there is no shell; a stream that was cut is returned as INCOMPLETE. */
  collect(request: CollectRequest): Promise<Artifact>;
  /** Names something that could not be read at all, so that the bundle says so. */
  missing(name: string, method: string, why: string, container?: string): void;
  /** What Firebreak itself wrote down. It is written when a person stopped the run, too. */
  record(name: string, method: string, text: string): Promise<Artifact>;
  /** Replaces a secret by its keyed hash (`hmac-sha256:<hex>`), the same within a case. */
  keyedHash(value: string): string;
  /** Writes `SHA256SUMS`, `INCOMPLETE` where something is, and `manifest.json` last. */
  seal(head: ManifestHead): Promise<SealedBundle>;
}
