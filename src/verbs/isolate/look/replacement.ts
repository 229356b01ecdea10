import type { ControllerLook } from './controller.ts';

/** Who starts another pod, of the same image and so with the same hole, and how many others are ready. */
export const replacementSentences = (
  look: ControllerLook,
  pod: { readonly ready: 'yes' | 'no' },
  mode: 'detach' | 'keep',
): readonly string[] => {
  if (look.kind !== 'known') return [];
  const { kind, name, ready, wanted } = look.controller;
  const left = ready === undefined ? undefined : Math.max(0, ready - (pod.ready === 'yes' ? 1 : 0));
  const of = wanted === undefined ? '' : ` of ${wanted}`;
  const others = left === undefined ? [] : [`Ready pods of ${kind}/${name} beside it: ${left}${of}.`];
  return mode === 'detach'
    ? ['A pod that is started in its place has the same image, and so the same hole.', ...others]
    : [`${kind}/${name} starts no other pod in its place while it keeps its labels.`, ...others];
};
