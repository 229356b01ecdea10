import { statSync } from 'node:fs';
import { join } from 'node:path';
import { buttonOf, runIdOf, textOf } from '../sandbox/demo/read-message.ts';
import { CLUSTER_NAME } from '../sandbox/incident/config-text.ts';
import type { Incident } from '../sandbox/incident/start-incident.ts';

const STEP_TIMEOUT_MS = 600_000;

/** Bytes of the `files.tar` that a run left, wherever the evidence is kept. */
const storedBytes = ({ amazon, evidence }: Incident, run: string): number => {
  const path = `${run.replace(/-\d+$/, '')}/${run}/files.tar`;
  if (amazon === undefined) return statSync(join(evidence, path)).size;
  const object = amazon.s3.objects().find(({ key }) => key.endsWith(path));
  if (object === undefined) throw new Error(`${path} is not in S3`);
  return object.size;
};

/** Types the command, approves it, and resolves when the run has ended, with the size of its tar. */
export const acquirePod = async (incident: Incident): Promise<number> => {
  const { slack } = incident;
  const channel = slack.channels.incident.id;
  const before = slack.messages(channel).length;
  await slack.command({
    user: slack.people.requester.id,
    channel,
    text: `acquire ${CLUSTER_NAME} pod/x --max-size 4GiB`,
  });
  const wait = { timeoutMs: STEP_TIMEOUT_MS };
  const card = await slack.waitFor(
    () =>
      slack
        .messages(channel)
        .slice(before)
        .find((message) => buttonOf(message, 'Approve') !== undefined),
    wait,
  );
  const approve = buttonOf(card, 'Approve');
  if (approve === undefined) throw new Error('the card can not be approved');
  await slack.click({ user: slack.people.approver.id, channel, messageTs: card.ts, ...approve });
  const run = runIdOf(card);
  await slack.waitFor(
    () =>
      slack
        .messages(channel)
        .find(
          (message) =>
            message.ts !== card.ts && textOf(message).includes('SHA256SUMS') && textOf(message).includes(run),
        ),
    wait,
  );
  return storedBytes(incident, run);
};
