import type { AwsAnswer } from '../http/aws-call.ts';
import { xmlText } from './sts-failure.ts';

type Fields = { readonly [name: string]: string | Fields };

/** The result of an action of the Query protocol: XML, or JSON for who asks for that, as aws-iam-authenticator does. */
export function stsResult(action: string, result: Fields, accept: string): AwsAnswer {
  const metadata = { RequestId: crypto.randomUUID() };
  const whole = { [`${action}Result`]: result, ResponseMetadata: metadata };
  if (accept.includes('application/json'))
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ [`${action}Response`]: whole }),
    };
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${xml(whole)}</${action}Response>`,
  };
}

function xml(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${typeof value === 'string' ? xmlText(value) : xml(value)}</${name}>`)
    .join('');
}
