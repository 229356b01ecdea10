import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckedWorld } from './checked-world.ts';
import { filesBelow } from './files-below.ts';

/** No secret stands in a message, an ephemeral answer, a log line or a file of the evidence. */
export const checkSecrets = async ({
  slack,
  evidence,
  secrets,
  log,
}: Pick<CheckedWorld, 'slack' | 'evidence' | 'secrets' | 'log'>): Promise<readonly string[]> => {
  const channels = Object.values(slack.channels);
  const people = Object.values(slack.people);
  const said = channels.flatMap(({ id }) => [
    { place: `a message of ${id}`, bytes: Buffer.from(JSON.stringify(slack.messages(id))) },
    ...people.map((person) => ({
      place: `an answer to ${person.id} in ${id}`,
      bytes: Buffer.from(JSON.stringify(slack.ephemerals(id, person.id))),
    })),
  ]);
  const found = [...said, { place: 'the log', bytes: Buffer.from(log) }].flatMap((one) => hits(one, secrets));
  for (const name of await filesBelow(evidence))
    found.push(...hits({ place: name, bytes: await readFile(join(evidence, name)) }, secrets));
  return found;
};

const hits = (
  { place, bytes }: { readonly place: string; readonly bytes: Buffer },
  secrets: readonly string[],
): readonly string[] =>
  secrets
    .filter((secret) => secret !== '' && bytes.includes(secret))
    .map((secret) => `a secret (${secret.slice(0, 4)}…) stands in ${place}`);
