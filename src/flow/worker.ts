/** The actor of what a worker records. */
export const WORKER = { kind: 'system', part: 'worker' } as const;
