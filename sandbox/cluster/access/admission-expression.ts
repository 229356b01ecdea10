/** What a validation of a ValidatingAdmissionPolicy says about a request, as far as the stand-in understands CEL. */
export interface AdmissionExpression {
  /** The one operation that it looks at; undefined when it looks at all. */
  readonly operation: string | undefined;
  readonly subject: 'oldObject.metadata.uid' | 'request.name';
  /** Denied when the subject is one of these. */
  readonly denied: readonly string[];
}

const EXPRESSION =
  /^(?:request\.operation != '(DELETE|CREATE)' \|\| )?!\((oldObject\.metadata\.uid|request\.name) in \[((?:'[^'\\]+'(?:, ?)?)+)\]\)$/;

/**
 * Reads `!(oldObject.metadata.uid in ['…', '…'])` or the same of `request.name`, each with or without
 * `request.operation != 'DELETE' || ` (or 'CREATE') before it. No other CEL is understood.
 */
export function readAdmissionExpression(text: string): AdmissionExpression | undefined {
  const [, operation, subject, list = ''] = EXPRESSION.exec(text.trim().replaceAll(/\s+/g, ' ')) ?? [];
  if (subject !== 'oldObject.metadata.uid' && subject !== 'request.name') return undefined;
  const denied = [...list.matchAll(/'([^']+)'/g)].map(([, value = '']) => value);
  return { operation, subject, denied };
}
