import { STATUS_CODES } from 'node:http';
import type { AwsAnswer } from '../http/aws-call.ts';
import type { SignatureRefusal } from '../signature-v4.ts';

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

export const xmlText = (text: string): string => text.replaceAll(/[&<>]/g, (letter) => XML[letter] ?? letter);

export interface StsFailure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** As STS says it. Source: STS API reference, "Common error types", and the answers of AWS. */
export function stsFailure({ status, code, message }: StsFailure): AwsAnswer {
  const type = status < 500 ? 'Sender' : 'Receiver';
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>${type}</Type><Code>${code}</Code><Message>${xmlText(message)}</Message></Error><RequestId>${crypto.randomUUID()}</RequestId></ErrorResponse>`,
  };
}

/** What STS makes of each thing that can be wrong with a signature. */
export function stsSignatureFailure(refusal: SignatureRefusal, message: string): StsFailure {
  switch (refusal) {
    case 'missing':
      return {
        status: 403,
        code: 'MissingAuthenticationToken',
        message: 'Request is missing Authentication Token',
      };
    case 'malformed':
      return { status: 400, code: 'IncompleteSignature', message };
    case 'unknown access key':
    case 'session token missing':
    case 'session token unknown':
      return {
        status: 403,
        code: 'InvalidClientTokenId',
        message: 'The security token included in the request is invalid.',
      };
    case 'session token expired':
      return {
        status: 403,
        code: 'ExpiredToken',
        message: 'The security token included in the request is expired',
      };
    case 'date skewed':
    case 'presign expired':
    case 'presign not yet valid':
      return {
        status: 403,
        code: 'SignatureDoesNotMatch',
        message: `Signature expired or not yet current: ${message}`,
      };
    case 'headers not signed':
    case 'presign too long':
    case 'wrong scope':
    case 'wrong signature':
      return { status: 403, code: 'SignatureDoesNotMatch', message };
  }
}

export const stsFault = (kind: 'throttle' | 'server error'): AwsAnswer => {
  switch (kind) {
    case 'throttle':
      return stsFailure({ status: 400, code: 'Throttling', message: 'Rate exceeded' });
    case 'server error':
      return stsFailure({ status: 500, code: 'InternalFailure', message: STATUS_CODES[500] ?? '' });
  }
};
