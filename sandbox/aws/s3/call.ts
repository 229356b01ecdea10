import type { IncomingHttpHeaders } from 'node:http';
import type { KmsKey } from './access/kms-keys.ts';
import { allows, type KeyPolicy, type S3Action } from './access/s3-actions.ts';
import type { IncomingBody } from './body/incoming-body.ts';
import { S3Error } from './protocol/s3-error.ts';
import type { S3Operation } from './protocol/s3-operations.ts';
import type { Bodies } from './state/bodies.ts';
import type { Bucket } from './state/bucket.ts';
import type { Bypass } from './state/lock.ts';

/** What the operations share: state and settings of the server. */
export interface Place {
  readonly buckets: Map<string, Bucket>;
  readonly bodies: Bodies;
  readonly kmsKeys: readonly KmsKey[];
  readonly region: string;
  /** Parts but the last may not be smaller; 5 MiB at S3. */
  readonly minPartBytes: number;
  /** A store that takes no more than this, undefined for S3, which has no end. */
  readonly capacityBytes: () => number | undefined;
  readonly completedUploads: 'forgotten' | 'remembered';
}

export interface CallParts {
  readonly place: Place;
  readonly operation: S3Operation;
  readonly bucketName: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly accessKeyId: string;
  readonly policy: KeyPolicy;
  readonly body: IncomingBody;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** One request, signed and understood, as an operation sees it. */
export class Call {
  readonly #parts: CallParts;
  readonly place: Place;
  readonly key: string;
  readonly bucketName: string;
  readonly body: IncomingBody;
  readonly headers: IncomingHttpHeaders;
  readonly accessKeyId: string;
  readonly now: number;

  constructor(parts: CallParts) {
    this.#parts = parts;
    this.place = parts.place;
    this.key = parts.key;
    this.bucketName = parts.bucketName;
    this.body = parts.body;
    this.headers = parts.headers;
    this.accessKeyId = parts.accessKeyId;
    this.now = parts.now;
  }

  query(name: string): string | undefined {
    return this.#parts.query.get(name);
  }

  header(name: string): string | undefined {
    const value = this.headers[name];
    return typeof value === 'string' ? value : value?.join(',');
  }

  /** Throws NoSuchBucket. */
  bucket(name = this.bucketName): Bucket {
    const bucket = this.place.buckets.get(name);
    if (bucket === undefined) throw new S3Error('NoSuchBucket', { fields: { BucketName: name } });
    return bucket;
  }

  can(action: S3Action): boolean {
    return allows(this.#parts.policy, action);
  }

  /** Throws AccessDenied with IAM's sentence. */
  mustBeAllowed(...actions: readonly S3Action[]): void {
    for (const action of actions)
      if (!this.can(action)) throw new S3Error('AccessDenied', { message: this.#denial(action) });
  }

  /** Deleting under governance needs the header and the permission. */
  bypass(): Bypass {
    if (this.header('x-amz-bypass-governance-retention')?.toLowerCase() !== 'true') return 'does not bypass';
    return this.can('s3:BypassGovernanceRetention') ? 'bypasses governance' : 'does not bypass';
  }

  /** Throws XMinioStorageFull when so many bytes more do not fit. */
  mustFit(bytes: number): void {
    const capacity = this.place.capacityBytes();
    if (capacity !== undefined && this.place.bodies.used() + bytes > capacity)
      throw new S3Error('XMinioStorageFull');
  }

  #denial(action: S3Action): string {
    const path = this.key === '' ? this.bucketName : `${this.bucketName}/${this.key}`;
    return `User: arn:aws:iam::123456789012:user/${this.accessKeyId} is not authorized to perform: ${action} on resource: "arn:aws:s3:::${path}" because no identity-based policy allows the ${action} action`;
  }
}
