import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { type Canary, DEFAULT_FOOTHOLDS, DEFAULT_ISOLATION } from '../core/foothold.ts';
import { LABEL_NAME, OBJECT_NAME } from '../core/kubernetes-names.ts';
import { duration } from './duration.ts';

/** A repository, perhaps with a tag, by its digest. Source: OCI Distribution Specification, "Pulling manifests". */
const IMAGE_BY_DIGEST =
  /^[a-z0-9]+([.-][a-z0-9]+)*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?@sha256:[0-9a-f]{64}$/;
/** Less would end a foothold before its image is pulled. */
const MIN_DEADLINE_MS = 60_000;
/** Each proof asks a dozen places and waits seconds for those that do not answer. */
const MIN_PROOF_EVERY_MS = 60_000;
const MAX_PORT = 65_535;

export const toolImageSchema = z
  .string('name the tool image')
  .max(512, 'at most 512 characters')
  .regex(
    IMAGE_BY_DIGEST,
    'the tool image by its digest is expected: registry.example.com/firebreak-tools@sha256:<64 hex digits>; a tag can be moved to another image',
  );

const namespace = z
  .string()
  .regex(LABEL_NAME, 'a namespace by its name is expected: small letters, digits and `-`');

export const footholdsSchema = z
  .strictObject({
    namespace: namespace.default(DEFAULT_FOOTHOLDS.namespace),
    nodeNamespace: namespace.default(DEFAULT_FOOTHOLDS.nodeNamespace),
    deadline: duration.refine((ms) => ms >= MIN_DEADLINE_MS, 'at least 60s').exactOptional(),
  })
  .refine((one) => one.namespace !== one.nodeNamespace, {
    path: ['nodeNamespace'],
    message:
      'another namespace than `namespace` is expected: node pods are privileged, and probe pods are not',
  })
  .transform(({ deadline = DEFAULT_FOOTHOLDS.deadlineMs, ...names }) => ({ ...names, deadlineMs: deadline }));

const canary = z.string('host:port is expected').transform((typed, context): Canary => {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(typed) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  const named = bracketed === undefined ? isIPv4(host) || OBJECT_NAME.test(host) : isIPv6(host);
  if (named && port >= 1 && port <= MAX_PORT) return { host, port };
  context.addIssue({
    code: 'custom',
    message: 'host:port is expected, such as canary.example.com:443 or [2001:db8::1]:443',
  });
  return z.NEVER;
});

export const isolationSchema = z
  .strictObject({
    canary: canary.exactOptional(),
    proofEvery: duration.refine((ms) => ms >= MIN_PROOF_EVERY_MS, 'at least 60s').exactOptional(),
  })
  .transform(({ proofEvery = DEFAULT_ISOLATION.proofEveryMs, ...rest }) => ({
    ...rest,
    proofEveryMs: proofEvery,
  }));
