import { copyable } from '../core/copyable.ts';
import { shellWord } from '../core/shell-word.ts';
import type { RunResult } from '../flow/ledger.ts';
import { bold, code, type Line, type Part, words } from './rich-text.ts';

type Evidence = NonNullable<RunResult['evidence']>;

const S3 = 's3://';
/** A prefix of S3 has up to 1,024 bytes. */
const REFERENCE_CHARACTERS = 1_200;
const SHELL_SAFE = /^[\w./:@=+-]+$/u;

/** Whether the bundle lies in S3, from where a link to a file of it can be given. */
export const liesInS3 = ({ reference }: Pick<Evidence, 'reference'>): boolean => reference.startsWith(S3);

/** Where the bundle lies. */
export const referenceLine = (evidence: Evidence): Line => [
  bold('Evidence:'),
  words(' '),
  code(evidence.reference),
];

/** A command to copy, within a line. */
const command = (text: string): Part => ({ type: 'text', text: copyable(text), style: { code: true } });

const CHECK = 'sha256sum -c SHA256SUMS';

/** Quoted where it has to be: an address is read more easily as it is. */
const word = (text: string): string => (SHELL_SAFE.test(text) ? text : shellWord(text));

/** Without it, the AWS CLI asks AWS. */
const askedAt = ({ endpoint }: Evidence): string =>
  endpoint === undefined ? '' : ` --endpoint-url ${word(endpoint.url)} --region ${word(endpoint.region)}`;

/** With its slash at the end: without it, the bundle of run 10 would be below that of run 1. */
const checkLine = (evidence: Evidence): Line => {
  const { reference } = evidence;
  if (!reference.startsWith(S3)) return [words('in that folder, '), command(CHECK)];
  const folder = reference.endsWith('/') ? reference : `${reference}/`;
  if (!SHELL_SAFE.test(folder) || folder.length > REFERENCE_CHARACTERS)
    return [
      words('copy all of it with '),
      command('aws s3 cp --recursive'),
      words(', then '),
      command(CHECK),
    ];
  return [
    words('in an empty folder, '),
    command(`aws s3 cp --recursive ${folder} .${askedAt(evidence)} && ${CHECK}`),
  ];
};

/** Where the bundle lies and how to prove that it is whole. */
export const verifyLines = (evidence: Evidence): readonly Line[] => [
  referenceLine(evidence),
  [bold('manifest.json:'), words(' '), code(evidence.manifestSha256)],
  [bold('Verify:'), words(' '), ...checkLine(evidence)],
];
