import { join } from 'node:path';
import { CLUSTER_NAME } from '../incident/config-text.ts';
import type { IncidentOptions } from '../incident/start-incident.ts';
import type { Message } from '../slack/visible.ts';
import { buttonOf, runIdOf, textOf } from './read-message.ts';
import { startDemo } from './start-demo.ts';

const STEP_TIMEOUT_MS = 60_000;
const VERDICTS = ['CONTAINED', 'PARTIAL', 'NOT ENFORCED'];

/**
 * One incident from the first question to the sealed bundle, printed as the channel's transcript. Ends with the line
 * `evidence: PATH`, the folder of the bundle. Resolves with the exit code.
 */
export const playIncident = async (options: IncidentOptions): Promise<number> => {
  process.stdout.write('Starting a Slack workspace, a cluster and Firebreak on this machine…\n');
  const demo = await startDemo(options);
  await using incident = demo.incident;
  const { slack } = incident;
  if (demo.leftOut !== '') process.stdout.write(`${demo.leftOut}\n`);
  await using firebreak = await incident.startReplica();
  void firebreak;
  const channel = slack.channels.incident.id;
  const { requester, outsider, approver } = slack.people;
  const wait = { timeoutMs: STEP_TIMEOUT_MS };
  const shown = (matches: (message: Message) => boolean): Promise<Message> =>
    slack.waitFor(
      ({ messages }) => messages.find((message) => message.channel === channel && matches(message)),
      wait,
    );
  const type = (text: string) => slack.command({ user: requester.id, channel, text });

  /** Has a card approved whose title begins so, and resolves with it when its title begins with one of `ends`. */
  const approved = async (title: string, ends: readonly string[] = ['Done']): Promise<Message> => {
    const asked = await shown(
      (message) => message.text.includes(`Approve? ${title}`) && buttonOf(message, 'Approve') !== undefined,
    );
    const button = buttonOf(asked, 'Approve');
    if (button === undefined) throw new Error('the card has no button to approve');
    await slack.click({ user: approver.id, channel, messageTs: asked.ts, ...button });
    return shown(({ ts, text }) => ts === asked.ts && ends.some((end) => text.includes(`${end} ${title}`)));
  };

  await type('inspect pod/x');
  await shown((message) => textOf(message).includes('inspect') && textOf(message).includes('Containers'));

  await type('aquire pod/x');
  await slack.waitFor(({ ephemerals }) => ephemerals.find(({ user }) => user === requester.id), wait);

  await type(`acquire kubeconfig ${CLUSTER_NAME} pod/x --reason “odd outbound traffic”`);
  const card = await shown((message) => buttonOf(message, 'Approve') !== undefined);
  const approve = buttonOf(card, 'Approve');
  if (approve === undefined) throw new Error('the card has no button to approve');
  process.stdout.write(
    `\n── The channel when the approvers are asked ──\n\n${slack.renderTranscript(channel)}\n`,
  );
  const press = (user: string) => slack.click({ user, channel, messageTs: card.ts, ...approve });
  await press(outsider.id);
  await slack.waitFor(({ ephemerals }) => ephemerals.find(({ user }) => user === outsider.id), wait);
  await press(approver.id);

  const run = runIdOf(card);
  await shown((message) => message.threadTs === card.ts && textOf(message).includes('SHA256SUMS'));
  await shown((message) => message.ts === card.ts && /(?<!IN)COMPLETE acquire/.test(textOf(message)));

  await type(`label ${CLUSTER_NAME} pod/x quarantine=true --reason "keep it apart"`);
  const labelled = await approved('label pod/x');
  await type('in-force');
  await slack.waitFor(
    ({ ephemerals }) => ephemerals.find((told) => told.text.includes('Firebreak holds')),
    wait,
  );
  const undo = buttonOf(labelled, 'Undo');
  if (undo === undefined) throw new Error('the card has no button to undo');
  await slack.click({ user: requester.id, channel, messageTs: labelled.ts, ...undo });
  await approved('undo FB-');

  if (demo.isolation === 'played') {
    await type(`isolate ${CLUSTER_NAME} pod/x --keep --reason "it may talk to nobody"`);
    await approved('isolate pod/x', VERDICTS);
    await type(`release ${CLUSTER_NAME} pod/x --reason "the network is needed again"`);
    await approved('release pod/x');
  }

  const transcript = slack.renderTranscript(channel).split('\n');
  const from = transcript.findIndex((line) => line.includes('▸ /k8s acquire'));
  process.stdout.write(`\n── The channel afterwards ──\n\n${transcript.slice(from).join('\n')}\n\n`);
  const bundle = join(incident.evidence, run.replace(/-\d+$/, ''), run);
  process.stdout.write(`Verify it: cd ${bundle} && sha256sum -c SHA256SUMS && tar -tf files.tar\n`);
  process.stdout.write(`evidence: ${bundle}\n`);
  return 0;
};
