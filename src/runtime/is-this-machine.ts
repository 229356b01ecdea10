/** Nobody else can listen on the way to these. */
const THIS_MACHINE: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '[::1]', 'localhost']);

/** Whether a host name of a URL is this machine's own. */
export const isThisMachine = (hostname: string): boolean => THIS_MACHINE.has(hostname);
