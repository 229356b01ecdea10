import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from '../protocol/s3-error.ts';

/** What x-amz-content-sha256 says about the body. */
export type PayloadKind =
  | { readonly kind: 'signed'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'aws-chunked'; readonly signed: 'chunks signed' | 'chunks not signed' };

/** The header's value, or what stands for it in a presigned request. */
export function payloadHashOf(headers: IncomingHttpHeaders, place: 'header' | 'query'): string {
  const hash = headers['x-amz-content-sha256'];
  if (typeof hash === 'string') return hash;
  if (place === 'query') return 'UNSIGNED-PAYLOAD';
  throw new S3Error('InvalidRequest', {
    message: 'Missing required header for this request: x-amz-content-sha256',
  });
}

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
export function readPayloadHash(headers: IncomingHttpHeaders, place: 'header' | 'query'): PayloadKind {
  const hash = payloadHashOf(headers, place);
  switch (hash) {
    case 'UNSIGNED-PAYLOAD':
      return { kind: 'unsigned' };
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { kind: 'aws-chunked', signed: 'chunks not signed' };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { kind: 'aws-chunked', signed: 'chunks signed' };
    default:
      if (/^[0-9a-f]{64}$/.test(hash)) return { kind: 'signed', sha256: hash };
      throw new S3Error('InvalidArgument', {
        message:
          'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.',
      });
  }
}

/** Compares Content-MD5 (RFC 1864) where there is one. */
export function checkMd5(header: string | string[] | undefined, md5: Buffer): void {
  if (typeof header !== 'string') return;
  if (Buffer.from(header, 'base64').length !== 16) throw new S3Error('InvalidDigest');
  if (header !== md5.toString('base64'))
    throw new S3Error('BadDigest', {
      message: 'The Content-MD5 you specified did not match what we received.',
    });
}
