/** What a verb does to the world. `change` can be undone, `compensated` comes back differently. */
export const EFFECTS = ['read', 'collect', 'change', 'compensated', 'irreversible'] as const;
export type Effect = (typeof EFFECTS)[number];

/** Whether an undo can put back what such a verb did: as it was, or in another form. */
export const canBeUndone = (effect: Effect): boolean => effect === 'change' || effect === 'compensated';
