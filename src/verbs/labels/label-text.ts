import { z } from 'zod';

/** Source: Kubernetes, apimachinery pkg/util/validation, IsQualifiedName and IsValidLabelValue. */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_PREFIX_LENGTH = 253;

const isKey = (key: string): boolean => {
  const [prefix, name, ...more] = key.includes('/') ? key.split('/') : [undefined, key];
  const fine = prefix === undefined || (prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix));
  return fine && name !== undefined && more.length === 0 && NAME.test(name);
};

const isUnder = (domain: string, key: string): boolean => {
  const [prefix = ''] = key.includes('/') ? key.split('/') : [];
  return prefix === domain || prefix.endsWith(`.${domain}`);
};

/** Why a label may not be touched, whatever its value; undefined when it may. Each is the end of a sentence. */
const whyNotKey = (key: string): string | undefined => {
  if (!isKey(key))
    return 'the key of a label has at most 63 letters, digits, `-`, `_` and `.`, with a domain and `/` before it if need be, such as quarantine or example.com/team';
  if (isUnder('firebreak.dev', key)) return 'labels under firebreak.dev/ are set by Firebreak itself';
  if (isUnder('kubernetes.io', key) || isUnder('k8s.io', key))
    return 'labels under kubernetes.io/ and k8s.io/ steer Kubernetes itself and are left alone';
  return undefined;
};

const whyNotPair = (typed: string): string | undefined => {
  const at = typed.indexOf('=');
  if (at === -1)
    return typed.endsWith('-')
      ? 'KEY=VALUE is expected; `unlabel` takes labels away'
      : 'KEY=VALUE is expected, such as quarantine=true';
  const value = typed.slice(at + 1);
  return (
    whyNotKey(typed.slice(0, at)) ??
    (value === '' || NAME.test(value)
      ? undefined
      : 'the value of a label has at most 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit')
  );
};

const checked = (why: (typed: string) => string | undefined) =>
  z.string().superRefine((typed, context) => {
    const message = why(typed);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** `team=red`, as kubectl has it; an empty value is one too. */
export const labelPair = checked(whyNotPair);

/** `team`, or `team-` as kubectl writes what it removes; read as `team`. */
export const labelKey = z
  .string()
  .transform((typed) => (typed.endsWith('-') ? typed.slice(0, -1) : typed))
  .pipe(
    checked((typed) =>
      typed.includes('=') ? 'only the KEY is expected, since its value goes with it' : whyNotKey(typed),
    ),
  );

export const labelPath = (key: string): readonly ['metadata', 'labels', string] => [
  'metadata',
  'labels',
  key,
];
