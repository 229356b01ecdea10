const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0/0', '::/0']);
const MOST_SHOWN = 5;

/** The networks from which alone an endpoint takes connections, for a sentence; `undefined` where that is everywhere. */
export const guardingNetworks = (networks: readonly string[]): string | undefined => {
  if (networks.some((cidr) => EVERYWHERE.has(cidr))) return undefined;
  const more = networks.length - MOST_SHOWN;
  return `${networks.slice(0, MOST_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};
