import { permissionName } from '../core/permission.ts';
import type { Verb } from '../core/verb.ts';
import type { FlowDeps } from './deps.ts';
import type { Reply } from './use-cases.ts';

const usage = ({ name, kinds, container, flags }: Verb): string =>
  `/k8s ${name} [provider] [cluster] ${kinds.join('|')}/<name> [-n ns]${container === 'one' ? ' [-c container]' : ''}${Object.entries(
    flags,
  )
    .map(([flag, { placeholder }]) => ` [--${flag} ${placeholder}]`)
    .join('')} [--reason "…"]`;

/** Derived from the verbs themselves, never written twice. */
export const help = ({ verbs }: FlowDeps, verb: Verb | undefined): Reply =>
  verb === undefined
    ? {
        kind: 'say',
        text: 'Firebreak asks this channel’s approvers, then does it, and keeps the proof.',
        lines: [
          ...verbs.map(({ name, summary, effect }) => `${name}  ${summary} (${effect})`),
          'clusters  what this channel may reach',
          'status [run]  the runs of this channel’s case, or all of one plan',
          'cancel <run>  stop a run',
          'help <verb>  flags, permissions, examples',
        ],
        example: verbs[0]?.examples[0] ?? '/k8s help',
      }
    : {
        kind: 'say',
        text: `${verb.name}: ${verb.summary} Effect: ${verb.effect}.`,
        lines: [
          usage(verb),
          ...Object.entries(verb.flags).map(
            ([flag, { summary, placeholder }]) => `--${flag} ${placeholder}  ${summary}`,
          ),
          ...verb.limits,
          `Permissions it needs: ${verb.permissions.map(permissionName).join(', ')}.`,
          ...verb.examples.slice(1),
        ],
        example: verb.examples[0] ?? `/k8s ${verb.name}`,
      };
