import { createInterface } from 'node:readline/promises';
import { CLUSTER_NAME } from '../incident/config-text.ts';
import type { Incident, IncidentOptions } from '../incident/start-incident.ts';
import { startDemo } from './start-demo.ts';

const HELP = `Type a command:            /k8s inspect pod/x
                           /k8s acquire ${CLUSTER_NAME} pod/x --reason "odd traffic"
                           /k8s isolate pod/x    /k8s release pod/x    /k8s contain pod/x
Press a button by number:  1
Become someone else:       rin (asks), avery (may approve), otis (may not)
Leave:                     quit
`;

/** A terminal to try Firebreak in: type as one of three people, press a button by its number. */
export const runTerminal = async (options: IncidentOptions): Promise<number> => {
  process.stdout.write('Starting a Slack workspace, a cluster and Firebreak on this machine…\n');
  const demo = await startDemo(options);
  await using incident = demo.incident;
  const { slack } = incident;
  if (demo.leftOut !== '') process.stdout.write(`${demo.leftOut}\n`);
  await using firebreak = await incident.startReplica();
  void firebreak;
  const channel = slack.channels.incident.id;
  const people = [slack.people.requester, slack.people.approver, slack.people.outsider];
  let current: (typeof people)[number] = slack.people.requester;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const show = (): void => {
    process.stdout.write(`\n${slack.renderTranscript(channel, { viewer: current.id })}\n`);
    terminal.setPrompt(`${current.name}> `);
    terminal.prompt();
  };
  process.stdout.write(HELP);
  terminal.setPrompt(`${current.name}> `);
  terminal.prompt();
  const leaving = new AbortController();
  const watching = watchChannel(slack, channel, show, leaving.signal);
  for await (const line of terminal) {
    const typed = line.trim();
    const person = people.find(({ name }) => name === typed);
    if (typed === 'quit' || typed === 'exit') break;
    if (person !== undefined) {
      current = person;
      show();
    } else if (/^\d+$/.test(typed)) {
      const button = slack
        .buttons(channel, { viewer: current.id })
        .find(({ number }) => number === Number(typed));
      if (button === undefined) process.stdout.write('There is no such button.\n');
      else
        await slack.click({
          user: current.id,
          channel,
          messageTs: button.messageTs,
          actionId: button.actionId,
          ...(button.value === undefined ? {} : { value: button.value }),
        });
    } else if (typed !== '')
      await slack.command({ user: current.id, channel, text: typed.replace(/^\/k8s\s*/, '') });
    terminal.prompt();
  }
  leaving.abort();
  terminal.close();
  await watching;
  return 0;
};

/** Shows the channel again whenever what can be seen in it has changed. */
const watchChannel = async (
  slack: Incident['slack'],
  channel: string,
  show: () => void,
  signal: AbortSignal,
): Promise<void> => {
  let seen = slack.renderTranscript(channel);
  while (!signal.aborted)
    try {
      const now = await slack.waitFor(
        () => {
          const text = slack.renderTranscript(channel);
          return text === seen ? undefined : text;
        },
        { signal, timeoutMs: 24 * 3_600_000 },
      );
      seen = now;
      show();
    } catch {
      if (!signal.aborted) throw new Error('the channel can not be watched any more');
    }
};
