import { z } from 'zod';
import { CONTAIN_STEPS, DEFAULT_PLAYBOOK, playbookMistakes } from '../core/playbook.ts';

/** `contain` as it is written: which steps the playbook has, in which order. */
export const containSchema = z.strictObject({
  steps: z
    .array(
      z.enum(CONTAIN_STEPS, `a step is one of ${CONTAIN_STEPS.join(', ')}`),
      'a list of steps is expected',
    )
    .superRefine((steps, context) => {
      for (const { at, why } of playbookMistakes(steps))
        context.addIssue({ code: 'custom', message: why, path: at === undefined ? [] : [at] });
    })
    .readonly()
    .default(DEFAULT_PLAYBOOK),
});
