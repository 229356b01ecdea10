import type { Identity } from '../../core/cloud.ts';
import type { ClusterReader } from '../../core/cluster.ts';
import { permissionName } from '../../core/permission.ts';
import { ENGINE_READ, type EngineLook, lookForEngine } from '../../core/policy-engine.ts';
import { type CheckRow, notChecked, ok, warning } from './check-row.ts';

const WHAT = 'network policies';

/** Whose permission is missing, as `firebreak permissions` takes it. */
interface Asker {
  readonly cluster: string;
  readonly identity: Identity;
}

const unlooked = (
  { seen, unseen }: Extract<EngineLook, { kind: 'could not look' }>,
  { cluster, identity }: Asker,
): CheckRow => {
  const read = permissionName(ENGINE_READ);
  const where = unseen.join(', ');
  return {
    ...notChecked(
      WHAT,
      seen.length === 0
        ? `could not look: it lacks ${read} in ${where}`
        : `none found in ${seen.join(', ')}, and it lacks ${read} in ${where}`,
      'could not look',
    ),
    next: `Grant ${read} in the namespace where the engine runs: firebreak permissions ${cluster} --identity ${identity} prints it.`,
  };
};

/** Which engine enforces NetworkPolicies, as a row. That none was found and that nobody could look are told apart. */
export const policyEngine = async (
  reader: Pick<ClusterReader, 'list'>,
  asker: Asker,
  signal: AbortSignal,
): Promise<CheckRow> => {
  const look = await lookForEngine(reader, signal);
  switch (look.kind) {
    case 'found': {
      const names = look.engines.map(({ name }) => name).join(', ');
      return ok(WHAT, `enforced by ${names}`, names);
    }
    case 'could not look':
      return unlooked(look, asker);
    case 'none found':
      return warning(
        WHAT,
        `none found: ${look.off.length === 0 ? 'a NetworkPolicy would change nothing' : look.off.join(', ')}`,
        'Switch on an engine before you count on isolation.',
        'no engine found',
      );
  }
};
