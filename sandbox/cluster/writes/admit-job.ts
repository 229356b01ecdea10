import { type Answer, refusal } from '../api/answer.ts';
import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import * as status from '../api/status.ts';
import { notSupported, required } from './field-error.ts';
import { asMap } from './json-tree.ts';

const DEFAULTS = {
  ...{ parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false },
  podReplacementPolicy: 'TerminatingOrFailed',
};

/** Names of the same two labels, before and since Kubernetes 1.27. */
const identity = ({ metadata }: KubeObject) => ({
  ...{ 'batch.kubernetes.io/controller-uid': metadata.uid, 'batch.kubernetes.io/job-name': metadata.name },
  ...{ 'controller-uid': metadata.uid, 'job-name': metadata.name },
});

/**
 * A Job that a request makes, with its defaults and the selector that the server makes up for it.
 * Source: pkg/apis/batch/v1/defaults.go; pkg/registry/batch/job/strategy.go, generateSelector.
 */
export function admitJob(job: KubeObject): { readonly object: KubeObject } | { readonly refused: Answer } {
  const spec = asMap(job['spec']) ?? {};
  const template = asMap(spec['template']) ?? {};
  const metadata = asMap(template['metadata']) ?? {};
  const restart = fieldOf(template, 'spec.restartPolicy');
  const errors = [
    ...(spec['selector'] === undefined || spec['manualSelector'] === true
      ? []
      : [required('spec.selector', '`selector` is made by the server, unless `manualSelector` is set')]),
    ...(['OnFailure', 'Never'].includes(restart)
      ? []
      : [
          restart === ''
            ? required('spec.template.spec.restartPolicy', 'valid values: "OnFailure", "Never"')
            : notSupported('spec.template.spec.restartPolicy', JSON.stringify(restart), [
                'OnFailure',
                'Never',
              ]),
        ]),
  ];
  if (errors.length > 0) return { refused: refusal(status.invalid(job, errors)) };
  if (spec['manualSelector'] === true) return { object: { ...job, spec: { ...DEFAULTS, ...spec } } };
  const labels = { ...asMap(metadata['labels']), ...identity(job) };
  return {
    object: {
      ...job,
      spec: {
        ...{ ...DEFAULTS, ...spec },
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': job.metadata.uid } },
        template: { ...template, metadata: { ...metadata, labels } },
      },
    },
  };
}
