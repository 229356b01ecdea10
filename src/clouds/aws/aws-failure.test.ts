import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { awsFailure } from './aws-failure.ts';

const thrown = (init: object, message = 'words of AWS'): Error => Object.assign(new Error(message), init);
const place = { region: 'eu-west-1', fips: false, dualStack: false };
const failure = (error: unknown, skewMs?: number) =>
  awsFailure(error, { call: 'eks:DescribeCluster in eu-west-1', source: 'the profile prod', place, skewMs });

describe('a failure of AWS', () => {
  test.each<[string, object, number | undefined, string, RegExp]>([
    [
      'a clock that is behind',
      { name: 'RequestTimeTooSkewed' },
      1_200_000,
      'cluster-credentials',
      /clock of this machine is 20 minutes behind AWS's\. Set the clock/,
    ],
    [
      'a clock that is ahead',
      { name: 'InvalidSignatureException' },
      -360_000,
      'cluster-credentials',
      /clock of this machine is 6 minutes ahead of AWS's/,
    ],
    [
      'a proxy that opens TLS',
      { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      undefined,
      'cluster-untrusted',
      /no certificate that is trusted.*NODE_EXTRA_CA_CERTS/,
    ],
    [
      'a name that does not resolve',
      { code: 'EAI_AGAIN' },
      undefined,
      'cluster-unreachable',
      /no connection in time \(EAI_AGAIN\).*HTTPS_PROXY/,
    ],
    [
      'a proxy that refuses',
      { code: 'ERR_PROXY_TUNNEL' },
      undefined,
      'cluster-unreachable',
      /ERR_PROXY_TUNNEL/,
    ],
    [
      'something new',
      { name: 'BrandNewException', $metadata: { httpStatusCode: 418 } },
      undefined,
      'cluster-answer',
      /BrandNewException, HTTP 418.*AWS settings of this cluster/,
    ],
  ])('is told for %s', (_when, init, skewMs, code, says) => {
    const error = failure(thrown(init), skewMs);
    expect(error.code).toBe(code);
    expect(error.sentence).toMatch(says);
  });

  test("keeps none of AWS's own words, which quote the request with its session token", () => {
    const error = failure(
      thrown(
        { name: 'SignatureDoesNotMatch', $response: { headers: { 'x-secret': 'c2VjcmV0' } } },
        'The Canonical String should have been x-amz-security-token:c2VjcmV0',
      ),
    );
    const shown = `${error.stack} ${inspect(error, { depth: 20, showHidden: true })}`;
    expect(shown).not.toContain('c2VjcmV0');
    expect(shown).toContain('SignatureDoesNotMatch');
  });
});
