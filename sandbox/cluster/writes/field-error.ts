/** What validation says of one field: a cause of a 422. Source: k8s.io/apimachinery, pkg/util/validation/field. */
export interface FieldError {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

const quoted = (value: unknown): string => JSON.stringify(value) ?? 'null';

export const invalidValue = (field: string, value: unknown, rule: string): FieldError => ({
  ...{ reason: 'FieldValueInvalid', field, message: `Invalid value: ${quoted(value)}: ${rule}` },
});

export const forbiddenValue = (field: string, why: string): FieldError => ({
  ...{ reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` },
});

export const required = (field: string, why = ''): FieldError => ({
  reason: 'FieldValueRequired',
  ...{ field, message: why === '' ? 'Required value' : `Required value: ${why}` },
});

export const tooLong = (field: string, bytes: number): FieldError => ({
  reason: 'FieldValueTooLong',
  ...{ field, message: `Too long: may not be more than ${bytes} bytes` },
});

export const duplicate = (field: string, value: unknown): FieldError => ({
  ...{ reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${quoted(value)}` },
});

export const notFoundValue = (field: string, value: unknown): FieldError => ({
  ...{ reason: 'FieldValueNotFound', field, message: `Not found: ${quoted(value)}` },
});

/** `value` as Go prints it. */
export const notSupported = (field: string, value: string, supported: readonly string[]): FieldError => ({
  ...{ reason: 'FieldValueNotSupported', field },
  message: `Unsupported value: ${value}: supported values: ${supported.map(quoted).join(', ')}`,
});
