import type { CloudGrants } from '../../core/cloud.ts';

const NAME = 'firebreak';

/** The service account of `deploy/`, and what makes a pod run as it. */
export const inClusterGrants: CloudGrants = {
  subject: { kind: 'ServiceAccount', name: NAME, namespace: NAME },
  grants: [
    {
      title:
        "The service account of Firebreak's pod: set serviceAccountName and automountServiceAccountToken in its spec",
      format: 'yaml',
      text: [
        'apiVersion: v1',
        'kind: ServiceAccount',
        'metadata:',
        `  name: ${NAME}`,
        `  namespace: ${NAME}`,
        '# Pods say for themselves that they want its token.',
        'automountServiceAccountToken: false',
        '',
      ].join('\n'),
    },
  ],
};
