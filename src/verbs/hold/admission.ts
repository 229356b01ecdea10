import type { ClusterReader } from '../../core/cluster.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { PlanContext, RunNames, WantedWrite } from '../../core/verb.ts';
import { madePermissions } from '../changes/made-permissions.ts';
import { holdName } from './held-by.ts';

const GROUP = 'admissionregistration.k8s.io';

export const MAKES_ADMISSION = [
  ...madePermissions('validatingadmissionpolicy'),
  ...madePermissions('validatingadmissionpolicybinding'),
];
export const ENDS_ADMISSION = MAKES_ADMISSION.filter(({ verb }) => verb !== 'create');

/** Since when the API is served as v1. Source: Kubernetes 1.30 release notes; KEP-3488. */
const SINCE_MINOR = 30;

const isServed = async (
  cluster: Pick<ClusterReader, 'version'>,
  signal: AbortSignal,
): Promise<'yes' | 'no' | 'not known'> => {
  const version = await cluster.version(signal).catch((thrown: unknown) => {
    if (thrown instanceof FirebreakError && thrown.code === 'not-allowed') return '';
    throw thrown;
  });
  const [, major, minor] = /^v?(\d+)\.(\d+)/u.exec(version) ?? [];
  if (major === undefined || minor === undefined) return 'not known';
  return Number(major) > 1 || Number(minor) >= SINCE_MINOR ? 'yes' : 'no';
};

/** Why no policy can be made; undefined where it can, or where that is not known before the approval. */
export const noAdmission = async ({
  cluster,
  mayRun,
  signal,
}: Pick<PlanContext, 'cluster' | 'mayRun' | 'signal'>): Promise<string | undefined> => {
  if ((await isServed(cluster, signal)) === 'no')
    return `the cluster is older than Kubernetes 1.${SINCE_MINOR} and has none`;
  const answers = await Promise.all(MAKES_ADMISSION.map(mayRun));
  return answers.includes('no') ? 'Firebreak may not make, read and delete them here' : undefined;
};

const quoted = (word: string): string => `'${word}'`;

export interface AdmittedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * A policy that denies the deletion of one pod to everybody, by its UID, and its eviction by its name: an eviction has no
 * old object, and the deletion behind it passes no admission. No rule is limited by the pod's name, because the deletion
 * of a collection has none. `Ignore`: whatever the policy can't judge goes on. It covers pods alone, so that nothing keeps
 * it from being taken away itself.
 * Sources: Kubernetes, "Validating Admission Policy"; k8s.io/apiserver, pkg/endpoints/handlers/delete.go.
 */
export const admissionWrites = (
  step: string,
  { namespace, name: pod, uid }: AdmittedPod,
  { run, case: caseId }: RunNames,
): readonly WantedWrite[] => {
  const name = holdName(run);
  const apiVersion = `${GROUP}/v1`;
  const message = `Held by ${run} of case ${caseId}; Firebreak's unhold ends it.`;
  const rule = (operation: string, resource: string) => ({
    ...{ apiGroups: [''], apiVersions: ['v1'], operations: [operation], resources: [resource] },
  });
  const denied = (expression: string) => ({ expression, message, reason: 'Forbidden' });
  return [
    {
      ...{ action: 'make', step, kind: 'validatingadmissionpolicy', namespace: '', name },
      body: {
        ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name } },
        spec: {
          failurePolicy: 'Ignore',
          matchConstraints: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            resourceRules: [rule('DELETE', 'pods'), rule('CREATE', 'pods/eviction')],
          },
          validations: [
            denied(`request.operation != 'DELETE' || !(oldObject.metadata.uid in [${quoted(uid)}])`),
            denied(`request.operation != 'CREATE' || !(request.name in [${quoted(pod)}])`),
          ],
        },
      },
    },
    {
      ...{ action: 'make', step, kind: 'validatingadmissionpolicybinding', namespace: '', name },
      body: {
        ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name } },
        spec: { policyName: name, validationActions: ['Deny'] },
      },
    },
  ];
};
