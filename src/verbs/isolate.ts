import { EXEC } from '../core/foothold-permissions.ts';
import type { Permission } from '../core/permission.ts';
import type { Verb } from '../core/verb.ts';
import { madePermissions } from './changes/made-permissions.ts';
import { DENY_KINDS } from './isolate/deny/deny-policy.ts';
import { LOOK_READS } from './isolate/look/look-around.ts';
import { planIsolation } from './isolate/plan-isolation.ts';
import { OTHER_POD_READS } from './isolate/prove/other-pod.ts';
import { PROOF_READS } from './isolate/prove/proof-targets.ts';
import { proveAgain } from './isolate/prove-again.ts';
import { runIsolation } from './isolate/run-isolation.ts';
import { durationInSeconds } from './quantity-flags.ts';

/** Policies of a kind that outranks NetworkPolicy are made only where something else would still let traffic through. */
const OUTRANKING: readonly Permission[] = DENY_KINDS.filter((kind) => kind !== 'networkpolicy').flatMap(
  madePermissions,
);

export const isolate: Verb = {
  name: 'isolate',
  summary: 'Takes one pod off the network, proves it, and keeps it proven.',
  effect: 'change',
  kinds: ['pod'],
  container: 'none',
  leavesEvidence: 'bundle',
  flags: {
    for: {
      summary:
        'Asks the channel after this time, counted from the run’s end, whether to release it; at most 12h. Nothing is released by itself.',
      placeholder: 'TIME',
      example: '/k8s isolate prod-cluster pod/checkout-5d -n payments --for 4h',
      repeatable: 'once',
      read: durationInSeconds,
    },
  },
  switches: {
    'then-release': {
      summary:
        'With --for: opens the network by itself when the time is up, under the approval of this plan.',
      example: '/k8s isolate prod-cluster pod/checkout-5d -n payments --for 4h --then-release',
    },
    detach: {
      summary:
        'After the proof, takes it out of its Services and its controller, which starts another pod. The default for a ReplicaSet’s pod.',
      example: '/k8s isolate prod-cluster pod/checkout-5d -n payments --detach',
    },
    keep: {
      summary:
        'Leaves the labels that its controller and its Services select it by. The default for every other pod.',
      example: '/k8s isolate prod-cluster pod/checkout-5d -n payments --keep',
    },
    'from-node': {
      summary:
        'Cuts it off in its own network namespace too, from its node: what no policy denies, and what is open already.',
      example: '/k8s isolate prod-cluster pod/checkout-5d -n payments --from-node',
    },
    'probe-with-target': {
      summary:
        'Proves with the suspect’s own programs, and starts nothing beside it. PARTIAL is then the best verdict.',
      example: '/k8s isolate prod-cluster pod/checkout-5d -n payments --probe-with-target',
    },
  },
  onTarget: ['get', 'patch'],
  permissions: [...madePermissions('networkpolicy'), ...EXEC],
  partPermissions: OUTRANKING,
  footholds: [
    { kind: 'ephemeral container', use: 'start', when: { notSaid: 'probe-with-target' } },
    { kind: 'probe pod', use: 'start' },
    { kind: 'node pod', use: 'start', when: { said: 'from-node' } },
    { kind: 'node pod', use: 'end', when: { said: 'from-node' } },
  ],
  alsoReads: [...LOOK_READS, ...PROOF_READS],
  // The evidence of before the deny, and what a repeated proof tries and looks at.
  runReads: [{ verb: 'list', group: '', resource: 'events' }, ...OTHER_POD_READS],
  examples: [
    '/k8s isolate prod-cluster pod/checkout-5d -n payments --reason "beacons every 60 s"',
    '/k8s isolate prod-cluster pod/checkout-5d -n payments --keep',
  ],
  limits: [
    'A pod on its node’s network can’t be isolated by policy: it is refused.',
    'Traffic from the pod’s own node is let in by the definition of NetworkPolicy: kubelet’s probes, and whoever else is there. With `--from-node` it is let in at the probed ports alone.',
    'With `--from-node`, who holds CAP_NET_ADMIN in the pod can take the rules away, and who holds CAP_NET_RAW can write past them.',
    'The verdict says what the proof saw, and no more: deny policies of Cilium, Calico and the admin APIs are judged by packets alone.',
    'It is proven again as long as what looks from inside it lives (`footholds.deadline`).',
  ],
  plan: planIsolation,
  execute: runIsolation,
  prove: proveAgain,
};
