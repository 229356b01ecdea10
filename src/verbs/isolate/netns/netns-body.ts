import { type Netns, netnsName, netnsTable } from '../../../core/netns.ts';
import type { PodTarget } from '../../../core/target.ts';
import type { WantedWrite } from '../../../core/verb.ts';
import { probePortsOf } from '../prove/probe-ports.ts';
import { nodeAddressesOf, type ProvenPod } from '../prove/proven-pod.ts';

export interface NetnsWanted {
  readonly pod: PodTarget;
  /** The same as the API server sent it. */
  readonly object: ProvenPod;
  readonly toolImage: string;
}

/** What its node lets in to a pod that is cut off from there. */
export const admitsOf = (object: ProvenPod): Netns['spec']['admits'] => ({
  from: nodeAddressesOf(object),
  ports: probePortsOf(object),
});

/** Rules in the pod's own network namespace that let nothing pass but kubelet's probes. */
export const makeNetns = (
  { pod, object, toolImage }: NetnsWanted,
  run: string,
  step: string,
): Extract<WantedWrite, { readonly action: 'make' }> => {
  const { namespace, name, uid, node } = pod;
  const body: Netns = {
    kind: 'NetworkNamespace',
    metadata: {},
    spec: {
      ...{ pod: { namespace, name, uid }, node, toolImage },
      ...{ table: netnsTable(run), admits: admitsOf(object) },
    },
  };
  return { action: 'make', step, kind: 'netns', namespace, name: netnsName(name, run), body };
};
