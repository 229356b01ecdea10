/** On a held pod, with the id of the run that holds it: one value selects one pod. */
export const HELD_BY_LABEL = 'firebreak.dev/held-by';
export const HELD_BY_PATH = ['metadata', 'labels', HELD_BY_LABEL] as const;

/** What a run of hold makes is named after the run. */
export const holdName = (run: string): string => `firebreak-${run.toLowerCase()}`;
