import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StandInProxy } from '../../sandbox/proxies/stand-in-proxy.ts';
import { startConnectProxy } from '../../sandbox/proxies/start-connect-proxy.ts';
import { createTestAuthority } from '../contracts/cloud-certificates.ts';
import { type S3Place, s3Place } from '../contracts/s3-place.ts';

const never = new AbortController().signal;
const authority = createTestAuthority('an authority that nobody trusts');
const { certPem: cert, keyPem: key } = authority.issue(['evidence.example']);

let place: S3Place;
let proxy: StandInProxy;
beforeEach(async () => {
  place = await s3Place({ tls: { key, cert } });
  proxy = await startConnectProxy();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

describe('the way to the bucket', () => {
  it('leads through the proxy of the environment, with TLS from end to end', async () => {
    const endpoint = `https://evidence.example:${place.s3.endpoint.port}`;
    const proxyEnvironment = { HTTPS_PROXY: proxy.url };
    await expect(place.store({ endpoint }, { proxyEnvironment }).check(never)).rejects.toMatchObject({
      code: 'evidence-store',
      // The tunnel stands: what is refused comes from its far end.
      message: expect.stringContaining("shows a certificate that can't be verified"),
    });
    expect(new Set(proxy.tunnels.map(({ target }) => target))).toEqual(
      new Set([`evidence.example:${place.s3.endpoint.port}`]),
    );
  });

  it('leads past the proxy where NO_PROXY names the host', async () => {
    const proxyEnvironment = { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' };
    await expect(place.store({}, { proxyEnvironment }).check(never)).rejects.toThrow('certificate');
    expect(proxy.tunnels).toEqual([]);
  });

  it('ends at a certificate that can not be verified, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await expect(place.store().check(never)).rejects.toMatchObject({
      code: 'evidence-store',
      next: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(place.s3.requests()).toEqual([]);
  });

  describe('that is not encrypted', () => {
    const PLAIN = 'http://evidence.example:9000';
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'aws-config-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it.each(['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'])(
      'is not taken where %s asks for it',
      async (name) => {
        vi.stubEnv(name, PLAIN);
        await expect(place.store({ endpoint: undefined }).check(never)).rejects.toMatchObject({
          code: 'evidence-store',
          message: expect.stringContaining(`The evidence store would be written to unencrypted, at ${PLAIN}`),
          next: expect.stringContaining(name),
        });
      },
    );

    it("is not taken where AWS's own configuration file asks for it", async () => {
      const file = join(folder, 'config');
      writeFileSync(file, `[default]\nendpoint_url = ${PLAIN}\n`);
      vi.stubEnv('AWS_CONFIG_FILE', file);
      await expect(place.store({ endpoint: undefined }).check(never)).rejects.toMatchObject({
        code: 'evidence-store',
        message: expect.stringContaining('unencrypted'),
        next: expect.stringContaining('endpoint_url'),
      });
    });

    it('is not taken by a link either, which asks the store for nothing', async () => {
      vi.stubEnv('AWS_ENDPOINT_URL_S3', PLAIN);
      const link = place
        .store({ endpoint: undefined })
        .link('FB-2026-0007/FB-2026-0007-1', { name: 'pod.json', version: 'v1' }, new Date(), never);
      await expect(link).rejects.toMatchObject({
        code: 'evidence-store',
        message: expect.stringContaining('unencrypted'),
      });
    });
  });

  it('may be unencrypted on this machine, where no proxy is asked', async () => {
    await using plain = await s3Place();
    expect(plain.s3.endpoint.protocol).toBe('http:');
    const proxyEnvironment = { HTTP_PROXY: proxy.url };
    await plain.store({}, { proxyEnvironment }).check(never);
    expect(plain.s3.requests()).not.toEqual([]);
  });
});
