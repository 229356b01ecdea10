/**
 * Verbs of the design that this version does not have. A rule may already name them, so that one configuration serves
 * several versions; any other unknown verb in a rule is a spelling mistake that would open the wrong rule.
 */
export const PLANNED_VERBS = ['triage', 'logs', 'drain', 'pause', 'scale', 'delete', 'revoke'] as const;

/**
 * What a rule can name although no command of that name makes a run: *Get link* hands out links to evidence under
 * `download`.
 */
export const LINK_VERB = 'download';
