/** What a verb does to the world. `change` can be undone, `compensated` comes back differently. */
export const EFFECTS = ['read', 'collect', 'change', 'compensated', 'irreversible'] as const;
export type Effect = (typeof EFFECTS)[number];
