import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { type AksScene, startAksScene } from './aks-scene.ts';
import { createTestAuthority } from './cloud-certificates.ts';

const { signal } = new AbortController();
const SERVER = { server: new URL('https://127.0.0.1:6443'), caPem: createTestAuthority('aks').caPem };

let scene: AksScene;
beforeEach(async () => {
  scene = await startAksScene();
  await scene.pointTo(SERVER);
});
afterEach(() => scene.close());

const connect = (keys: object = {}): Promise<unknown> =>
  scene.cloud.access.connect(
    scene.cloud.access.readOptions({ ...scene.keys, ...keys }),
    scene.context,
    signal,
  );

describe('the authority that the webhook of Entra Workload ID puts into a pod', () => {
  test.each([
    ['https://login.microsoftonline.us/', 'usgov', 'public'],
    ['https://login.chinacloudapi.cn', 'china', 'public'],
    ['https://login.partner.microsoftonline.cn/', 'china', 'usgov'],
    ['login.microsoftonline.com', 'public', 'china'],
  ])('refuses, where it is %s, before a proof is sent to another cloud', async (value, theirs, cloud) => {
    scene.environment['AZURE_AUTHORITY_HOST'] = value;
    const thrown = await connect({ cloud }).catch((error: unknown) => error);
    if (!(thrown instanceof FirebreakError)) throw new Error('no FirebreakError');
    expect(thrown.code).toBe('config-invalid');
    expect(thrown.message).toContain(`AZURE_AUTHORITY_HOST names the authority of the cloud ${theirs} (`);
    expect(thrown.message).toContain(`asks for \`cloud: ${cloud}\``);
    expect(thrown.next).toContain(`Set \`cloud: ${theirs}\``);
    expect(scene.azure.calls).toEqual([]);
    expect(scene.internet.requests).toEqual([]);
  });

  test('refuses without repeating what is no authority at all', async () => {
    scene.environment['AZURE_AUTHORITY_HOST'] = 'https://someone:their-word@sts.example.com/';
    const thrown = await connect().catch((error: unknown) => error);
    if (!(thrown instanceof FirebreakError)) throw new Error('no FirebreakError');
    expect(thrown.code).toBe('config-invalid');
    expect(thrown.sentence).toMatch(/none of the clouds public, usgov, china.*Unset AZURE_AUTHORITY_HOST/u);
    expect(thrown.sentence).not.toMatch(/their-word|example/u);
    expect(scene.azure.calls).toEqual([]);
  });

  test.each(['https://login.microsoftonline.com/', 'https://login.windows.net', ''])(
    'is no hindrance where it is that of the cloud: %o',
    async (value) => {
      scene.environment['AZURE_AUTHORITY_HOST'] = value;
      await connect();
      expect(scene.internet.requests.join()).toContain('login.microsoftonline.com');
      expect(scene.internet.requests.join()).not.toContain('login.windows.net');
    },
  );
});
