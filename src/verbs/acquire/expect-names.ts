import type { Bundle } from '../../core/evidence.ts';
import type { PodTarget } from '../../core/target.ts';

const namesOf = (target: PodTarget): readonly string[] => [
  'pod.json',
  'events.json',
  'volatile.jsonl',
  ...target.containers.filter(({ id }) => id !== '').map(({ name }) => `logs/${name}.log`),
  'files.tar',
];

/**
 * The bundle of a capture that may end at any point, cancelled or by a failure: `endEarly` names everything that the
 * capture never came to, so that what arrived can't pass for the whole.
 */
export const expectNames = (
  bundle: Bundle,
  target: PodTarget,
): { readonly bundle: Bundle; readonly endEarly: () => void } => {
  const left = new Set(namesOf(target));
  return {
    bundle: {
      put: async (...given) => {
        const artifact = await bundle.put(...given);
        left.delete(artifact.name);
        return artifact;
      },
      collect: async (request) => {
        const artifact = await bundle.collect(request);
        left.delete(artifact.name);
        return artifact;
      },
      missing: (name, ...given) => {
        left.delete(name);
        bundle.missing(name, ...given);
      },
      record: (...given) => bundle.record(...given),
      keyedHash: (value) => bundle.keyedHash(value),
      seal: (head) => bundle.seal(head),
    },
    endEarly: () => {
      for (const name of left) bundle.missing(name, 'none', 'The run ended before this was read.');
    },
  };
};
