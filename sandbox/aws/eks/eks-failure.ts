import type { AwsAnswer } from '../http/aws-call.ts';
import type { SignatureRefusal } from '../signature-v4.ts';

/** As EKS says it: REST JSON with the error's name in a header. */
export function eksFailure(status: number, name: string, message: string): AwsAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': `${name}:` },
    body: JSON.stringify({ message }),
  };
}

export function eksSignatureFailure(refusal: SignatureRefusal, message: string): AwsAnswer {
  switch (refusal) {
    case 'missing':
      return eksFailure(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
    case 'malformed':
      return eksFailure(403, 'IncompleteSignatureException', message);
    case 'unknown access key':
    case 'session token missing':
    case 'session token unknown':
      return eksFailure(
        403,
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    case 'session token expired':
      return eksFailure(
        403,
        'ExpiredTokenException',
        'The security token included in the request is expired',
      );
    case 'date skewed':
    case 'presign expired':
    case 'presign not yet valid':
    case 'headers not signed':
    case 'presign too long':
    case 'wrong scope':
    case 'wrong signature':
      return eksFailure(403, 'InvalidSignatureException', message);
  }
}

export function eksFault(kind: 'throttle' | 'server error'): AwsAnswer {
  switch (kind) {
    case 'throttle':
      return eksFailure(429, 'TooManyRequestsException', 'Too Many Requests');
    case 'server error':
      return eksFailure(500, 'ServerException', 'These errors are usually caused by a server-side issue.');
  }
}
