const SHA256_HEADER = 'x-amz-content-sha256';

/** Where the middleware stands: before the signature. */
export const BEFORE_SIGNING = { step: 'build', name: 'knownPayloadHash' } as const;

/**
 * Hands the SHA-256 of the body, which is known, to the signature: the SDK would compute it a second time, and hashing is
 * what an upload spends its time with. S3 compares it with what arrives.
 * Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header".
 */
export const knownPayloadHash =
  (sha256: Buffer) =>
  <Args extends { readonly request: unknown }, Output>(next: (args: Args) => Promise<Output>) =>
  (args: Args): Promise<Output> => {
    const { request } = args;
    if (typeof request === 'object' && request !== null && 'headers' in request)
      Object.assign(request.headers ?? {}, { [SHA256_HEADER]: sha256.toString('hex') });
    return next(args);
  };
