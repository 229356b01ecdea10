import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Internet } from './internet.ts';
import { startInternet } from './start-internet.ts';
import { trustAlso } from './trust-also.ts';

let internet: Internet;
let agent: Agent;
beforeEach(async () => {
  internet = await startInternet();
  agent = new Agent({ proxyEnv: { HTTPS_PROXY: internet.proxyUrl }, keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await internet[Symbol.asyncDispose]();
});

const post = (url: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    request(url, { agent, method: 'POST' }, (answer) => {
      text(answer).then(resolve, reject);
    })
      .on('error', reject)
      .end(body);
  });

describe('the internet of a test', () => {
  it('answers hosts under their own names, each with its own certificate', async () => {
    trustAlso(internet.caPem);
    internet.serve('api.example.com', (_request, body, response) => {
      response.end(`api got ${body.toString()}`);
    });
    internet.serve('*.region.example.com', (request, _body, response) => {
      response.end(`region ${request.headers.host}`);
    });
    expect(await post('https://api.example.com/v1/things?key=secret', 'one')).toBe('api got one');
    expect(await post('https://a.region.example.com/', '')).toBe('region a.region.example.com');
    expect(internet.requests).toEqual(['POST api.example.com/v1/things', 'POST a.region.example.com/']);
  });

  it('refuses whatever is not there, and remembers it', async () => {
    await expect(post('https://elsewhere.example.com/', '')).rejects.toThrow();
    expect(internet.refused).toEqual(['elsewhere.example.com:443']);
  });

  it('is not trusted by whoever was not told of its authority', async () => {
    internet.serve('api.example.com', (_request, _body, response) => {
      response.end();
    });
    await expect(post('https://api.example.com/', '')).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });
});
