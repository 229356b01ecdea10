import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';

/** Where the footholds of nodes are. */
export const NODES = 'firebreak-node-footholds';

const isNodeExec = ({ resource, namespace }: RecordedRequest): boolean =>
  resource === 'pods/exec' && namespace === NODES;

/** An exec loads the rules, after one that looked and one that tried. */
const LOADS = 3;

/** The exec by which a run loads its rules, the `nth` time that one does. */
export const loads = (nth = 1): ((request: RecordedRequest) => boolean) => {
  const seen = new Set<RecordedRequest>();
  return (request) => {
    if (isNodeExec(request)) seen.add(request);
    return isNodeExec(request) && seen.size === LOADS * nth;
  };
};

export const nodeExecs = (requests: readonly RecordedRequest[]): readonly RecordedRequest[] =>
  requests.filter(isNodeExec);
