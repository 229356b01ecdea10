import { describe, expect, test } from 'vitest';
import { redactPod } from './redact-pod.ts';

const hash = (secret: string): string => `hash:${secret.length}`;
const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

describe('redacting a pod', () => {
  test.each(['containers', 'initContainers', 'ephemeralContainers'])(
    'hashes the environment of %s',
    (kind) => {
      const pod = {
        spec: {
          [kind]: [
            {
              name: 'app',
              env: [
                { name: 'KEY', value: 'secret' },
                { name: 'EMPTY', value: '' },
              ],
            },
          ],
        },
      };
      expect(redactPod(pod, hash)).toEqual({
        spec: {
          [kind]: [
            {
              name: 'app',
              env: [
                { name: 'KEY', value: 'hash:6' },
                { name: 'EMPTY', value: 'hash:0' },
              ],
            },
          ],
        },
      });
    },
  );

  test('hashes the copy of the manifest that kubectl keeps, and no other annotation', () => {
    const pod = { metadata: { annotations: { [APPLIED]: '{"env":"secret"}', owner: 'team-a' } } };
    expect(redactPod(pod, hash)).toEqual({
      metadata: { annotations: { [APPLIED]: 'hash:16', owner: 'team-a' } },
    });
  });

  test('keeps references to secrets, which name them and hold nothing', () => {
    const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'api' } } }];
    expect(redactPod({ env }, hash)).toEqual({ env });
  });

  test('keeps everything else as it came', () => {
    const pod = { a: [1, null, true, 'x'], status: { env: 'not a list' } };
    expect(redactPod(pod, hash)).toEqual(pod);
  });
});
