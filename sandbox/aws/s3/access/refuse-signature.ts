import type { RefusedSignature } from '../../signature-v4.ts';
import { S3Error } from '../protocol/s3-error.ts';

const MAX_SKEW_MS = 15 * 60_000;

/** S3's answer to a signature that was not accepted. Each code and sentence is S3's own. */
export function refuseSignature(refusal: RefusedSignature, now: Date): S3Error {
  const { authorization } = refusal;
  const place = authorization?.place ?? 'header';
  const ServerTime = iso(now.getTime());
  switch (refusal.code) {
    case 'missing':
      return new S3Error('AccessDenied');
    case 'malformed':
      return malformed(place, refusal.message);
    case 'headers not signed':
      return new S3Error('AccessDenied', { message: refusal.message });
    case 'unknown access key':
    case 'session token missing':
      return new S3Error('InvalidAccessKeyId', {
        fields: { AWSAccessKeyId: authorization?.accessKeyId ?? '' },
      });
    case 'session token unknown':
      return new S3Error('InvalidToken');
    case 'session token expired':
      return new S3Error('ExpiredToken');
    case 'date skewed':
      return new S3Error('RequestTimeTooSkewed', {
        fields: {
          RequestTime: authorization?.timestamp ?? '',
          ServerTime,
          MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
        },
      });
    case 'presign expired': {
      const seconds = authorization?.expiresSeconds ?? 0;
      const Expires = iso((authorization?.signedAt ?? 0) + seconds * 1000);
      return new S3Error('AccessDenied', {
        message: 'Request has expired',
        fields: { 'X-Amz-Expires': String(seconds), Expires, ServerTime },
      });
    }
    case 'presign not yet valid':
      return new S3Error('AccessDenied', {
        message: 'Request is not yet valid',
        fields: { 'X-Amz-Date': authorization?.timestamp ?? '', ServerTime },
      });
    case 'presign too long':
      return new S3Error('AuthorizationQueryParametersError', { message: refusal.message });
    case 'wrong scope':
      return malformed(place, refusal.message);
    case 'wrong signature':
      return new S3Error('SignatureDoesNotMatch', {
        fields: {
          AWSAccessKeyId: authorization?.accessKeyId ?? '',
          StringToSign: refusal.computed?.stringToSign ?? '',
          SignatureProvided: authorization?.signature ?? '',
          CanonicalRequest: refusal.computed?.canonicalRequest ?? '',
        },
      });
  }
}

function malformed(place: 'header' | 'query', message: string): S3Error {
  return place === 'query'
    ? new S3Error('AuthorizationQueryParametersError', { message })
    : new S3Error('AuthorizationHeaderMalformed', {
        message: `The authorization header is malformed; ${message}`,
      });
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
