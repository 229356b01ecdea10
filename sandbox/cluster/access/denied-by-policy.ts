import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { matchesSelector } from '../api/matches-selector.ts';
import type { ObjectStore } from '../api/object-store.ts';
import type { RequestTarget } from '../api/request-target.ts';
import { forbidden, type Status } from '../api/status.ts';
import { readAdmissionExpression } from './admission-expression.ts';
import {
  ADMISSION_GROUP,
  type AdmissionPolicy,
  type AdmissionRule,
  readAdmissionBinding,
  readAdmissionPolicy,
} from './admission-policy.ts';

/** A request as admission sees it. */
export interface Admission {
  readonly operation: 'DELETE' | 'CREATE';
  readonly target: RequestTarget;
  /** Absent where there is none yet: the creation of an eviction. */
  readonly oldObject?: KubeObject;
}

const CODES = { Unauthorized: 401, Forbidden: 403, Invalid: 422, RequestEntityTooLarge: 413 } as const;

const covers = (rule: AdmissionRule, { operation, target }: Admission): boolean => {
  const { group, version, resource, subresource, name } = target;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  return (
    rule.operations.includes(operation) &&
    rule.resources.some((one) => one === full) &&
    [group, '*'].some((one) => rule.apiGroups.includes(one)) &&
    [version, '*'].some((one) => rule.apiVersions.includes(one)) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  );
};

function inNamespace(store: ObjectStore, namespace: string, selector: object | undefined): boolean {
  const key = { group: '', resource: 'namespaces', namespace: '', name: namespace };
  const found = store.get(key);
  return selector === undefined || (found !== undefined && matchesSelector(found, { selector }));
}

type Validation = AdmissionPolicy['validations'][number];

/** Whether a validation denies; `an error` when it looks at an object that the request does not have. */
function judge(
  { expression }: Validation,
  { operation, target, oldObject }: Admission,
): 'denies' | 'allows' | 'an error' {
  const read = readAdmissionExpression(expression);
  if (read === undefined) return 'an error';
  if (read.operation !== undefined && read.operation !== operation) return 'allows';
  const isUid = read.subject === 'oldObject.metadata.uid';
  if (isUid && oldObject === undefined) return 'an error';
  const value = isUid ? fieldOf(oldObject, 'metadata.uid') : target.name;
  return read.denied.includes(value) ? 'denies' : 'allows';
}

function denialOf(
  policy: AdmissionPolicy,
  admission: Admission,
): Pick<Validation, 'message' | 'reason'> | undefined {
  for (const validation of policy.validations) {
    const judged = judge(validation, admission);
    const { expression, message, reason } = validation;
    if (judged === 'denies') return { reason, message: message || `failed expression: ${expression}` };
    if (judged === 'an error' && policy.failurePolicy === 'Fail')
      return {
        reason: 'Invalid',
        message: `expression '${expression}' resulted in error: no such key: metadata`,
      };
  }
  return undefined;
}

/**
 * How a ValidatingAdmissionPolicy with a binding denies a request; undefined when none does. Played for the deletion of
 * pods and the creation of evictions, at once, and for the expressions of `readAdmissionExpression`.
 * Source: k8s.io/apiserver, pkg/admission/plugin/policy/validating/dispatcher.go.
 */
export function deniedByPolicy(store: ObjectStore, admission: Admission): Status | undefined {
  const { namespace } = admission.target;
  for (const object of store.list(ADMISSION_GROUP, 'validatingadmissionpolicybindings', '')) {
    const binding = readAdmissionBinding(object).data?.spec;
    if (binding === undefined || !binding.validationActions.includes('Deny')) continue;
    const key = { group: ADMISSION_GROUP, resource: 'validatingadmissionpolicies', namespace: '' };
    const found = store.get({ ...key, name: binding.policyName });
    const policy = found && readAdmissionPolicy(found).data?.spec;
    if (
      policy === undefined ||
      !policy.matchConstraints.resourceRules.some((rule) => covers(rule, admission)) ||
      !inNamespace(store, namespace, policy.matchConstraints.namespaceSelector) ||
      !inNamespace(store, namespace, binding.matchResources.namespaceSelector)
    )
      continue;
    const denial = denialOf(policy, admission);
    if (denial === undefined) continue;
    const why = `ValidatingAdmissionPolicy '${binding.policyName}' with binding '${object.metadata.name}' denied request: ${denial.message}`;
    const status = forbidden(admission.target, why);
    const details = { ...status.details, causes: [{ message: why }] };
    return { ...status, reason: denial.reason, code: CODES[denial.reason], details };
  }
  return undefined;
}
