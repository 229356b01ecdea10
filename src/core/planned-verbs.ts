/**
 * Verbs of the design that this version does not have. A rule may already name them, so that one configuration serves
 * several versions; any other unknown verb in a rule is a spelling mistake that would open the wrong rule.
 */
export const PLANNED_VERBS = [
  'triage',
  'logs',
  'download',
  'label',
  'unlabel',
  'cordon',
  'uncordon',
  'undo',
  'isolate',
  'release',
  'hold',
  'unhold',
  'contain',
  'drain',
  'pause',
  'scale',
  'delete',
  'revoke',
] as const;
