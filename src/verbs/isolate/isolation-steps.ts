/**
 * In the order in which they are made: what to look from, the deny, the label that it selects, the rules in the pod's own
 * network namespace, and the way out of the controller.
 */
export const STEPS = { look: 'look', deny: 'deny', label: 'label', node: 'node', detach: 'detach' } as const;
