/** How S3 is to keep what is written from deletion. Source: Amazon S3 User Guide, "Locking objects with Object Lock". */
interface S3Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  /** Counted from the write of each object. */
  readonly days: number;
}

/** `evidence.s3` of the configuration. */
export interface S3Settings {
  readonly bucket: string;
  readonly region: string;
  /** In front of `<case>/<run>/`; empty, or ends in a slash. */
  readonly prefix: string;
  /** An S3-compatible store; left out: AWS. */
  readonly endpoint?: string | undefined;
  /** `<endpoint>/<bucket>/…` instead of `<bucket>.<endpoint>/…`. */
  readonly forcePathStyle?: boolean | undefined;
  readonly objectLock?: S3Retention | undefined;
  readonly legalHold?: boolean | undefined;
  /** SSE-KMS with this key; left out: as the bucket encrypts by default. */
  readonly kmsKeyId?: string | undefined;
}

export interface S3Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface S3Credentials {
  /** Keeps them until they end. Throws a sentence of its own where there are none. */
  readonly provide: () => Promise<S3Identity>;
  /** They were refused: the next call fetches anew. */
  readonly forget: () => void;
}
