import type { FieldValue } from '../../core/change.ts';
import { valueText } from '../../core/field-at.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { CASE_LABEL, RUN_ANNOTATION } from '../../core/marks.ts';
import type { Method } from '../../core/plan.ts';
import { type Target, targetName } from '../../core/target.ts';
import type { WantedWrite } from '../../core/verb.ts';

const SHOWN_CHARACTERS = 63;

/** A value as a sentence shows it, told apart from an absent one. An annotation can be as long as a book, and hold what would look like our own marks. */
export const shown = (value: FieldValue): string => {
  if (value === null || value === '') return valueText(value);
  const text = String(value).replaceAll('`', "'");
  return `\`${text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text}\``;
};

/** The one call by which a target is changed, for the card. */
export const patchMethod = (target: Target): Method => ({
  what: `Patch ${targetName(target)}, bound to its UID and resourceVersion; a dry run first`,
  creates: 'nothing',
});

/** The one call by which something else is written, for the card. */
export const writeMethod = (write: WantedWrite): Method => {
  switch (write.action) {
    case 'make':
      return { what: `Create ${targetName(write)}; a dry run first`, creates: targetName(write) };
    case 'take away':
      return {
        what: `Delete ${targetName(write.object)}, bound to its UID and resourceVersion; a dry run first`,
        creates: 'nothing',
      };
    case 'add container':
      return {
        what: `Add the ephemeral container ${write.container.name}; a dry run first`,
        creates: `ephemeral container ${write.container.name}`,
      };
    case 'set':
      return {
        what: `Patch ${write.object === undefined ? 'the target' : targetName(write.object)}, bound to its UID and resourceVersion; a dry run first`,
        creates: 'nothing',
      };
  }
};

const MARKS_LEFT = `The label ${CASE_LABEL} and the annotation ${RUN_ANNOTATION} stand on it while Firebreak holds something there.`;

/**
 * What the change leaves on its object, and what a controller makes of that.
 * Source: Kubernetes, pkg/controller/deployment/util, SetNewReplicaSetAnnotations: it adds annotations and removes none.
 */
export const marksLeft = ({ kind }: Target): readonly string[] =>
  kind === 'deployment'
    ? [
        MARKS_LEFT,
        `The Deployment's controller copies that annotation to its ReplicaSet, and leaves it there when this is undone.`,
      ]
    : [MARKS_LEFT];

/** There is nothing to do, or something stands in the way: nobody is asked to approve it. */
export const notPlanned = (message: string, next: string): FirebreakError =>
  new FirebreakError({ code: 'conflict', message, next });

export const SEE_IN_FORCE = 'See `/k8s in-force` for what Firebreak holds.';

/** `a`, `a and b`, `a, b and c`; of many the first ones. */
export const listed = (names: readonly string[], most = 5): string => {
  const parts = names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : names;
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
};
