/** In the order in which they are made: what to look from, the deny, the label that it selects, and the way out of the controller. */
export const STEPS = { look: 'look', deny: 'deny', label: 'label', detach: 'detach' } as const;
