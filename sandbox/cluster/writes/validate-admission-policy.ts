import type { z } from 'zod';
import { readAdmissionExpression } from '../access/admission-expression.ts';
import { readAdmissionBinding, readAdmissionPolicy } from '../access/admission-policy.ts';
import type { KubeObject } from '../api/kube-object.ts';
import { type FieldError, invalidValue } from './field-error.ts';

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : `${text}${text === '' ? '' : '.'}${String(step)}`,
    '',
  );

const shapeErrors = (error: z.ZodError | undefined): readonly FieldError[] =>
  (error?.issues ?? []).map(({ path, message }) =>
    invalidValue(pathText(path), null, `the stand-in does not enforce this: ${message}`),
  );

/**
 * A real server takes any CEL that compiles. The stand-in refuses what it would not enforce, so that nothing passes
 * for protection that is none.
 */
export function admissionPolicyErrors(object: KubeObject): readonly FieldError[] {
  switch (object.kind) {
    case 'ValidatingAdmissionPolicy': {
      const { data, error } = readAdmissionPolicy(object);
      const expressions = (data?.spec.validations ?? []).flatMap(({ expression }, index) =>
        readAdmissionExpression(expression) === undefined
          ? [
              invalidValue(
                `spec.validations[${index}].expression`,
                expression,
                'the stand-in does not understand it',
              ),
            ]
          : [],
      );
      return [...shapeErrors(error), ...expressions];
    }
    case 'ValidatingAdmissionPolicyBinding':
      return shapeErrors(readAdmissionBinding(object).error);
    default:
      return [];
  }
}
