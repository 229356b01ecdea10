import type { FirebreakError } from '../core/firebreak-error.ts';
import { toFirebreakError } from '../core/firebreak-error.ts';
import { parseCommand } from '../core/parse-command.ts';
import { admit } from './admit.ts';
import { cancel } from './cancel.ts';
import { type CheckPlace, checkWord } from './check/check-word.ts';
import { decide } from './decide.ts';
import type { FlowDeps } from './deps.ts';
import { help } from './help.ts';
import { inForce } from './in-force.ts';
import { issueLink } from './issue-link.ts';
import { request } from './request.ts';
import { status } from './status.ts';
import type { CommandInput, Reply, UseCases } from './use-cases.ts';

/** The doors of the flow. The one place where whatever was thrown becomes the sentence a person reads. */
export const createUseCases = (deps: FlowDeps & { readonly check: CheckPlace }): UseCases => {
  const answer = async (door: string, facts: object, work: () => Promise<Reply>): Promise<Reply> => {
    try {
      return await work();
    } catch (thrown) {
      const error: FirebreakError = toFirebreakError(thrown);
      deps.log.warn({ door, ...facts, id: error.id, code: error.code, err: thrown }, error.message);
      return { kind: 'say', text: error.sentence };
    }
  };
  const command = async (input: CommandInput): Promise<Reply> => {
    await admit(deps.directory, input.person, input.channel);
    const allowed = deps.channels.find(({ channel }) => channel === input.channel)?.clusters ?? [];
    const clusters = deps.clusters.entries.filter(({ name }) => allowed.includes(name));
    const parsed = parseCommand(input.text, { verbs: deps.verbs, clusters });
    switch (parsed.kind) {
      case 'verb':
      case 'verb on run':
        return request(deps, input, parsed);
      case 'in force':
        return inForce(
          deps,
          clusters.map(({ name }) => name),
          input.channel,
        );
      case 'download':
        return issueLink(deps, {
          run: parsed.run,
          ...(parsed.name === undefined ? {} : { name: parsed.name }),
          channel: input.channel,
          person: input.person,
        });
      case 'help':
        return help(deps, parsed.verb);
      case 'clusters':
        return clusters.length === 0
          ? {
              kind: 'say',
              text: 'This channel is not listed in the configuration, so it may reach no cluster.',
            }
          : {
              kind: 'say',
              text: 'This channel may reach:',
              lines: clusters.map(
                ({ name, provider, namespaces }) =>
                  `${name}  ${provider}${namespaces.length === 0 ? '' : `, namespaces ${namespaces.join(', ')}`}`,
              ),
            };
      case 'check':
        return checkWord(
          deps,
          input.channel,
          clusters.filter(({ name }) => parsed.cluster === undefined || name === parsed.cluster),
        );
      case 'status':
        return status(deps, input.channel, parsed.run);
      case 'cancel':
        return cancel(deps, { run: parsed.run, channel: input.channel, person: input.person });
      case 'which cluster':
        return { kind: 'choose', text: 'Which cluster?', options: parsed.options };
      case 'mistake':
        return { kind: 'say', text: parsed.sentence, example: parsed.example };
    }
  };
  return {
    command: (input) => answer('command', { channel: input.channel }, () => command(input)),
    decide: (input) => answer('decide', { run: input.run }, () => decide(deps, input)),
    cancel: (input) => answer('cancel', { run: input.run }, () => cancel(deps, input)),
    askAgain: (input) =>
      answer('ask again', { run: input.run }, async () => {
        const run = await deps.ledger.run(input.run);
        if (run === undefined || run.plan.channel !== input.channel)
          return { kind: 'say', text: `There is no run ${input.run} in this channel.` };
        if (run.state !== 'expired')
          return { kind: 'say', text: `${run.id} is ${run.state}, so there is nothing to ask again.` };
        return command({
          text: run.command,
          channel: input.channel,
          person: input.person,
          delivery: `ask again ${run.id}`,
          whenRepeated: `${run.id} was already asked again. Your click changed nothing; use the newer card.`,
        });
      }),
    applyAgain: (input) =>
      answer('apply again', { run: input.run }, async () => {
        const run = await deps.ledger.run(input.run);
        if (run === undefined || run.plan.channel !== input.channel)
          return { kind: 'say', text: `There is no run ${input.run} in this channel.` };
        if (run.proven === undefined)
          return {
            kind: 'say',
            text: `${run.id} has no proof, so there is nothing to apply again.`,
            example: `/k8s ${run.command}`,
          };
        return command({
          text: run.command,
          channel: input.channel,
          person: input.person,
          delivery: `apply again ${run.id} ${input.proof}`,
          // The newer one may have been denied.
          whenRepeated: `${run.id} was already applied again. Your click changed nothing; use the newer card, or ask anew: \`/k8s ${run.command}\`.`,
        });
      }),
  };
};
