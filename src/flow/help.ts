import { KINDS } from '../core/kind.ts';
import { placedName } from '../core/permission.ts';
import type { Verb } from '../core/verb.ts';
import { allPermissions, footholdPermissions } from '../core/verb-permissions.ts';
import type { FlowDeps } from './deps.ts';
import type { Reply } from './use-cases.ts';

/** What a verb is said of: an earlier run, or an object where it is found. */
const subject = ({ takes, kinds, container, operands }: Verb): readonly string[] =>
  takes === 'run'
    ? ['<run>']
    : [
        '[provider] [cluster]',
        `${kinds.join('|')}/<name>`,
        ...(operands === undefined
          ? []
          : [
              operands.needed === 'at least one'
                ? `${operands.placeholder} …`
                : `[${operands.placeholder} …]`,
            ]),
        ...(kinds.some((kind) => KINDS[kind].scope === 'namespace') ? ['[-n ns]'] : []),
        ...(container === 'one' ? ['[-c container]'] : []),
      ];

const usage = (verb: Verb): string =>
  [
    '/k8s',
    verb.name,
    ...subject(verb),
    ...Object.entries(verb.flags).map(([flag, { placeholder }]) => `[--${flag} ${placeholder}]`),
    ...Object.keys(verb.switches ?? {}).map((name) => `[--${name}]`),
    '[--reason "…"]',
  ].join(' ');

/** What may be added to a verb, one line each. */
const options = ({ operands, flags, switches = {} }: Verb): readonly string[] => [
  ...(operands === undefined ? [] : [`${operands.placeholder}  ${operands.summary}`]),
  ...Object.entries(flags).map(([flag, { summary, placeholder }]) => `--${flag} ${placeholder}  ${summary}`),
  ...Object.entries(switches).map(([name, { summary }]) => `--${name}  ${summary}`),
];

const needsOf = (verb: Verb) => [...allPermissions(verb), ...footholdPermissions(verb.footholds ?? [])];

/** Derived from the verbs themselves, never written twice. */
export const help = ({ verbs }: Pick<FlowDeps, 'verbs'>, verb: Verb | undefined): Reply =>
  verb === undefined
    ? {
        kind: 'say',
        text: 'Firebreak asks this channel’s approvers, then does it, and keeps the proof.',
        lines: [
          ...verbs.map(({ name, summary, effect }) => `${name}  ${summary} (${effect})`),
          'clusters  what this channel may reach',
          'check [cluster]  whether what this channel may do there would work now',
          'status [run]  the runs of this channel’s case, or all of one plan',
          'in-force  what Firebreak still holds on the clusters of this channel',
          'download <run> [file]  a link to evidence, for you alone',
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
          ...options(verb),
          ...verb.limits,
          `Permissions it needs: ${[...new Set(needsOf(verb).map(placedName))].join(', ')}.`,
          ...verb.examples.slice(1),
        ],
        example: verb.examples[0] ?? `/k8s ${verb.name}`,
      };
