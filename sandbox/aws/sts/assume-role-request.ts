import type { StsFailure } from './sts-failure.ts';

/** What AssumeRole was asked for. */
export interface AssumeRoleRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly seconds: number;
  readonly externalId: string | undefined;
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
}

const MOST_TAGS = 50;
const NAME = /^[\w+=,.@-]{2,64}$/;
const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

const invalid = (message: string): StsFailure => ({ status: 400, code: 'ValidationError', message });

/** A list of the Query protocol: `Tags.member.1`, `Tags.member.2`, … */
const members = (asked: URLSearchParams, name: string, field = ''): readonly string[] => {
  const found: string[] = [];
  for (let index = 1; ; index += 1) {
    const value = asked.get(`${name}.member.${index}${field}`);
    if (value === null) return found;
    found.push(value);
  }
};

/** Source: STS API reference, AssumeRole. */
export function readAssumeRole(asked: URLSearchParams): AssumeRoleRequest | StsFailure {
  const sessionName = asked.get('RoleSessionName') ?? '';
  const seconds = Number(asked.get('DurationSeconds') ?? 3_600);
  const sourceIdentity = asked.get('SourceIdentity') ?? undefined;
  const keys = members(asked, 'Tags', '.Key');
  const values = members(asked, 'Tags', '.Value');
  if (!NAME.test(sessionName)) return invalid("Value at 'roleSessionName' failed to satisfy constraint");
  if (!(seconds >= 900 && seconds <= 43_200)) return invalid("Value at 'durationSeconds' is out of range");
  if (sourceIdentity !== undefined && (!NAME.test(sourceIdentity) || sourceIdentity.startsWith('aws:')))
    return invalid("Value at 'sourceIdentity' failed to satisfy constraint");
  if (keys.length > MOST_TAGS || keys.length !== values.length)
    return invalid("Value at 'tags' failed to satisfy constraint");
  if (keys.some((key) => !TAG_KEY.test(key) || key.toLowerCase().startsWith('aws:')))
    return invalid("Value at 'tags' has a key that is not allowed");
  if (values.some((value) => !TAG_VALUE.test(value)))
    return invalid("Value at 'tags' has a value that is not allowed");
  return {
    ...{ sessionName, seconds, sourceIdentity },
    roleArn: asked.get('RoleArn') ?? '',
    externalId: asked.get('ExternalId') ?? undefined,
    tags: Object.fromEntries(keys.map((key, index) => [key, values[index] ?? ''])),
    transitiveTagKeys: members(asked, 'TransitiveTagKeys'),
  };
}
