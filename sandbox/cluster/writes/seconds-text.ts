/** A time as the API carries it: RFC 3339 in UTC, whole seconds. */
export const secondsText = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');
