import { createToolImage } from '../cluster/tool-image/create-tool-image.ts';
import { type Incident, type IncidentOptions, startIncident } from '../incident/start-incident.ts';
import { grantContainment } from './grant-containment.ts';

const TOOL_IMAGE = `registry.example/firebreak/tools@sha256:${'0123456789abcdef'.repeat(4)}`;
const APPROVED = [
  ...['acquire', 'label', 'unlabel', 'cordon', 'uncordon', 'hold', 'unhold'],
  ...['isolate', 'release', 'contain', 'undo'],
];

/** The incident to try Firebreak in: its cluster enforces network policies and has Firebreak's tool image. */
export interface Demo {
  readonly incident: Incident;
  /** What this machine can't play, in one sentence; empty when it can play everything. */
  readonly leftOut: string;
  /** Whether an isolation can be carried out and proven here. */
  readonly isolation: 'played' | 'left out';
}

export const startDemo = async (options: IncidentOptions): Promise<Demo> => {
  const tools = createToolImage();
  const lacks = typeof tools === 'string' ? tools : tools.missing;
  const incident = await startIncident({
    ...options,
    cluster: {
      network: { enforcement: 'networkpolicy', connections: 'cut', denyApi: 'AdminNetworkPolicy' },
      controllers: 'on',
      ...options.cluster,
    },
    config: {
      cluster: { toolImage: TOOL_IMAGE },
      rules: [
        { verbs: ['inspect', 'download'], approvals: 0 },
        { verbs: APPROVED, approvals: 1, approvers: ['S0APPROVERS'], expires: '30m' },
      ],
      ...options.config,
    },
  });
  const { cluster } = incident;
  if (typeof tools !== 'string') cluster.addImage(TOOL_IMAGE, tools.image);
  grantContainment(cluster);
  const leftOut = leftOutOf(incident, lacks);
  return { incident, leftOut, isolation: leftOut === '' ? 'played' : 'left out' };
};

const leftOutOf = ({ cluster }: Incident, lacks: string): string => {
  if (cluster.containers === 'no shell')
    return `Containers have no processes here (${cluster.containersReason}), so only what the API gives is collected, and no isolation is played.`;
  const reason = cluster.networkReason === '' ? lacks : cluster.networkReason;
  return reason === ''
    ? ''
    : `No isolation can be proven here, so none is played: ${reason.replace(/\.?$/, '.')}`;
};
