import type { types } from '@slack/bolt';
import type { Plan } from '../core/plan.ts';
import { type PlannedContainer, type Target, targetName } from '../core/target.ts';
import { shortDigest } from './amounts.ts';
import { limitLines } from './limit-lines.ts';
import { bold, code, type Line, linesBlock, plain, words } from './rich-text.ts';

const LIMITS = { lines: 40, characters: 3_500 } as const;

/** The exact targets: name, UID and state; of a pod also node, owner, and each container with its id, restarts and image digest. */
export const targetsBlock = (plan: Plan, run: string): types.RichTextBlock => {
  const lines = plan.targets.flatMap(targetLines);
  if (lines.length === 0) return linesBlock([[bold('Target:'), words(' '), words('none')]]);
  return linesBlock(limitLines(lines, LIMITS, `lines with /k8s status ${run}`));
};

/** Which objects, by UID, for a card that has nothing left to decide. */
export const targetNamesBlock = (plan: Plan, run: string): types.RichTextBlock =>
  linesBlock(
    limitLines(
      plan.targets.map((target) => [plain(`${targetName(target)}, UID`), words(' '), code(target.uid)]),
      { lines: 3, characters: 1_500 },
      `with /k8s status ${run}`,
    ),
  );

const targetLines = (target: Target): readonly Line[] => [
  [
    bold(`${target.kind}/${target.name}`),
    ...(target.namespace === '' ? [] : [words(' in '), bold(target.namespace)]),
    words(' ('),
    plain(target.kind === 'pod' ? target.phase : target.status),
    words(')'),
  ],
  [words('UID '), code(target.uid)],
  ...(target.kind === 'pod'
    ? [
        [
          words('Node '),
          plain(target.node || 'none'),
          words(', owner '),
          plain(target.owners.at(-1) ?? 'none'),
          words(', service account '),
          plain(target.serviceAccount || 'none'),
        ],
        ...target.containers.map(containerLine),
      ]
    : []),
];

const containerLine = (container: PlannedContainer): Line => [
  words('Container '),
  bold(container.name),
  words(` ${container.state}, id `),
  code(shortDigest(container.id)),
  words(`, ${container.restartCount} ${container.restartCount === 1 ? 'restart' : 'restarts'}, image `),
  code(shortDigest(container.imageDigest)),
];
