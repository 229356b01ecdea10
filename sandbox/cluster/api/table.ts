import { fieldOf, type KubeObject } from './kube-object.ts';
import { isPod } from './pod.ts';
import type { ResourceKind } from './resource-kinds.ts';

type Cell = string | number;
interface Column {
  readonly name: string;
  readonly cell: (object: KubeObject) => Cell;
}

const NAME: Column = { name: 'Name', cell: (object) => object.metadata.name };
const AGE: Column = { name: 'Age', cell: (object) => age(object.metadata.creationTimestamp ?? '') };
const field = (name: string, path: string): Column => ({ name, cell: (object) => fieldOf(object, path) });
const counted = (name: string, path: string): Column => ({
  name,
  cell: (object) => Number(fieldOf(object, path) || 0),
});

const statuses = (object: KubeObject) => (isPod(object) ? (object.status.containerStatuses ?? []) : []);

const POD: readonly Column[] = [
  NAME,
  {
    name: 'Ready',
    cell: (object) =>
      `${statuses(object).filter((one) => one.ready).length}/${isPod(object) ? object.spec.containers.length : 0}`,
  },
  {
    name: 'Status',
    cell: (object) => {
      const reasons = statuses(object).map(
        ({ state }) => fieldOf(state, 'waiting.reason') || fieldOf(state, 'terminated.reason'),
      );
      return reasons.find((reason) => reason !== '') ?? fieldOf(object, 'status.phase');
    },
  },
  { name: 'Restarts', cell: (object) => statuses(object).reduce((sum, one) => sum + one.restartCount, 0) },
  AGE,
];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  pods: POD,
  namespaces: [NAME, field('Status', 'status.phase'), AGE],
  events: [
    field('Last Seen', 'lastTimestamp'),
    field('Type', 'type'),
    field('Reason', 'reason'),
    field('Object', 'involvedObject.name'),
    field('Message', 'message'),
  ],
  services: [NAME, field('Type', 'spec.type'), field('Cluster-IP', 'spec.clusterIP'), AGE],
  replicasets: [
    NAME,
    counted('Desired', 'spec.replicas'),
    counted('Current', 'status.replicas'),
    counted('Ready', 'status.readyReplicas'),
    AGE,
  ],
};

/** The list as kubectl prints it. Source: k8s.io/apimachinery/pkg/apis/meta/v1, Table. */
export function asTable(resource: ResourceKind, objects: readonly KubeObject[], metadata: object) {
  const columns = COLUMNS[resource.resource] ?? [NAME, AGE];
  return {
    ...{ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata },
    columnDefinitions: columns.map(({ name }) => ({
      ...{ name, type: 'string', format: name === 'Name' ? 'name' : '', description: '', priority: 0 },
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object)),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}

function age(created: string): string {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(created)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
