import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { startInternet } from '../../../sandbox/internet/start-internet.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { awsClientConfig } from './aws-client-config.ts';
import { AwsRequestHandler } from './aws-request-handler.ts';

const surroundings = { home: '/nonexistent', clock: systemClock, environment: {} };
const identity = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };

test('a server that only says that it is AWS is asked nothing, and a proxy that can not be read shows no password', async () => {
  await using other = await startInternet();
  other.serve('sts.eu-west-1.amazonaws.com', (_request, _body, response) => {
    response.end('forged');
  });
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const ask = (environment: Readonly<Record<string, string>>) => {
    const here = { ...surroundings, environment };
    const handler = new AwsRequestHandler(here);
    const place = { region: 'eu-west-1', fips: false, dualStack: false } as const;
    return new STSClient({ ...awsClientConfig(place, identity, handler, here), maxAttempts: 1 }).send(
      new GetCallerIdentityCommand({}),
    );
  };
  await expect(ask({ HTTPS_PROXY: other.proxyUrl })).rejects.toMatchObject({
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  });
  expect(other.requests).toEqual([]);
  expect(() => ask({ HTTPS_PROXY: 'http://user:s3cret@host:99999' })).toThrow(/HTTPS_PROXY/u);
  expect(() => ask({ HTTPS_PROXY: 'http://user:s3cret@host:99999' })).not.toThrow(/s3cret/u);
});

test('AWS is asked over http on this machine alone, whatever names the endpoint', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.host ?? '');
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const handler = new AwsRequestHandler(surroundings);
  const place = { region: 'eu-west-1', fips: false, dualStack: false } as const;
  const ask = (host: string) =>
    new STSClient({
      ...awsClientConfig(place, identity, handler, surroundings),
      endpoint: `http://${host}:${port}`,
      maxAttempts: 1,
    }).send(new GetCallerIdentityCommand({}));
  await expect(ask('sts.example.com')).rejects.toMatchObject({
    code: 'config-invalid',
    message: 'AWS would be asked unencrypted, at http://sts.example.com.',
  });
  await expect(ask('127.0.0.1')).rejects.not.toMatchObject({ code: 'config-invalid' });
  expect(asked).toEqual([`127.0.0.1:${port}`]);
  handler.destroy();
  server.close();
});
