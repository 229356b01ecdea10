import { FirebreakError } from '../core/firebreak-error.ts';
import { isMark } from '../core/marks.ts';
import { SAID } from '../core/read-flags.ts';
import { targetName } from '../core/target.ts';
import type { ExecuteContext, Verb } from '../core/verb.ts';
import { presentTarget } from './acquire/present-target.ts';
import { listed } from './changes/change-words.ts';
import { madePermissions } from './changes/made-permissions.ts';
import { READS_NODE } from './hold/hold-node.ts';
import { DENY_KINDS } from './isolate/deny/deny-policy.ts';
import { POD_LABEL_READS } from './labels/label-risks.ts';
import { planRelease, RELEASE_STEPS, returned } from './release/plan-release.ts';
import { isReady } from './release/readiness.ts';

const ending = (kind: Parameters<typeof madePermissions>[0]) =>
  madePermissions(kind).filter(({ verb }) => verb !== 'create');

export const release: Verb = {
  name: 'release',
  counterpart: 'isolate',
  summary: 'Opens the network of an isolated pod; with --return gives it back to its controller, too.',
  effect: 'change',
  kinds: ['pod'],
  container: 'none',
  leavesEvidence: 'nothing',
  flags: {},
  switches: {
    return: {
      summary:
        'Returns it to its controller and its Services. The controller then deletes one pod; refused unless this one is Ready and its evidence is complete.',
      example: '/k8s release prod-cluster pod/checkout-5d -n payments --return',
    },
  },
  onTarget: ['get', 'patch'],
  permissions: ending('networkpolicy'),
  partPermissions: DENY_KINDS.filter((kind) => kind !== 'networkpolicy').flatMap(ending),
  footholds: [
    { kind: 'probe pod', use: 'end' },
    { kind: 'node pod', use: 'start', when: 'as planned' },
    { kind: 'node pod', use: 'end', when: 'as planned' },
  ],
  alsoReads: [
    ...POD_LABEL_READS,
    { verb: 'list', group: '', resource: 'pods' },
    READS_NODE,
    ...DENY_KINDS.flatMap(ending).filter(({ verb }) => verb === 'get'),
  ],
  examples: [
    '/k8s release prod-cluster pod/checkout-5d -n payments --reason "false alarm"',
    '/k8s release prod-cluster pod/checkout-5d -n payments --return',
  ],
  limits: [
    'It names a pod that is there. What an isolation left for one that is gone ends by `/k8s undo`.',
    'Rules that `--from-node` has loaded are taken away from the node, which needs the `toolImage` again.',
    'Nothing returns a pod to its controller by itself: no timer, no other verb.',
  ],
  plan: planRelease,

  execute: async (context) => {
    const { target, change, progress } = context;
    progress({ phase: 'change', bytes: 0 });
    const opened = await change(RELEASE_STEPS.open);
    await change(RELEASE_STEPS.cost);
    const back = await givenBack(context);
    const labels = back.flatMap(({ fields }) => returned(fields.filter((field) => !isMark(field))));
    return {
      summary: [
        opened.length === 0 ? '' : `The network of ${targetName(target)} is open again.`,
        labels.length === 0 ? '' : `It is its controller’s again: ${listed(labels)} put back.`,
      ]
        .filter(Boolean)
        .join(' '),
      findings: [],
    };
  },
};

/** A pod that is not Ready any more would be the first that its controller deletes. Throws `conflict`. */
const givenBack = async (context: ExecuteContext): ReturnType<ExecuteContext['change']> => {
  const { change, target, arguments: given } = context;
  if (given['return'] !== SAID) return [];
  const { raw } = await presentTarget(context);
  if (isReady(raw)) return await change(RELEASE_STEPS.giveBack);
  throw new FirebreakError({
    code: 'conflict',
    message: `${targetName(target)} is not Ready any more, so that its controller would delete it first: it was not returned.`,
    next: 'Ask again with `--return` when `/k8s inspect` shows it Ready.',
  });
};
