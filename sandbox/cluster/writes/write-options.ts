import {
  type FieldError,
  forbiddenValue,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from './field-error.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly manager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  readonly force: boolean;
}

export interface OptionsRequest {
  readonly query: URLSearchParams;
  readonly userAgent: string;
  readonly patch: 'apply' | 'other patch' | 'no patch';
}

const LONGEST_MANAGER = 128;
const VALIDATIONS = ['Ignore', 'Strict', 'Warn'] as const;

/** `dryRun` of a query or of DeleteOptions: nothing, or `All` alone. */
export const dryRunErrors = (dryRun: readonly string[]): readonly FieldError[] =>
  dryRun.every((one) => one === 'All')
    ? []
    : [notSupported('dryRun', `[]string{${dryRun.map((one) => JSON.stringify(one)).join(', ')}}`, ['All'])];

const managerErrors = (manager: string): readonly FieldError[] => [
  ...(Buffer.byteLength(manager) > LONGEST_MANAGER ? [tooLong('fieldManager', LONGEST_MANAGER)] : []),
  ...(/^\P{C}*$/u.test(manager)
    ? []
    : [invalidValue('fieldManager', manager, 'should only contain printable characters')]),
];

/**
 * Query options of POST, PUT and PATCH. Without a field manager the user agent's name up to its slash is taken.
 * Source: k8s.io/apimachinery, pkg/apis/meta/v1/validation/validation.go.
 */
export function writeOptions({
  query,
  userAgent,
  patch,
}: OptionsRequest): WriteOptions | readonly FieldError[] {
  const manager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') ?? '';
  const dryRun = query.getAll('dryRun').filter((one) => one !== '');
  const force = query.get('force');
  const found = VALIDATIONS.find((one) => one === validation);
  const errors = [
    ...(patch === 'apply' && manager === '' ? [required('fieldManager', 'is required for apply patch')] : []),
    ...(patch === 'other patch' && force !== null
      ? [forbiddenValue('force', 'may not be specified for non-apply patch')]
      : []),
    ...managerErrors(manager),
    ...dryRunErrors(dryRun),
    ...(found === undefined && validation !== ''
      ? [notSupported('fieldValidation', JSON.stringify(validation), ['', ...VALIDATIONS])]
      : []),
  ];
  if (errors.length > 0) return errors;
  const agent = userAgent.split('/')[0] ?? '';
  return {
    ...{ dryRun: dryRun.length > 0, fieldValidation: found ?? 'Warn', force: force === 'true' },
    manager: manager === '' ? (agent === '' ? 'unknown' : agent) : manager,
  };
}
