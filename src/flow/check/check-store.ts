import type { StoreInspection } from '../../core/evidence.ts';
import { type CheckRow, failed, notChecked, ok, warning } from './check-row.ts';
import { failedInTime, partDeadline } from './in-time.ts';

export interface StoreCheck {
  readonly store: StoreInspection;
  /** `refused`: the configuration does not allow files to be stored unencrypted, so no evidence is collected. */
  readonly storage: 'plaintext' | 'encrypted' | 'refused';
  /** The allowed verbs that leave evidence. */
  readonly collecting: readonly string[];
  /** `probe`: an object is written, and a delete tried. */
  readonly how: 'look' | 'probe';
}

const LOCK = 'object lock';
const SET_LOCK =
  'Set evidence.s3.objectLock, and make the bucket with Object Lock; docs/operations.md says how.';

const lockRow = async ({ store }: StoreCheck, signal: AbortSignal): Promise<readonly CheckRow[]> => {
  try {
    const lock = await store.look(signal);
    const reached = ok('reachable', store.location);
    switch (lock.kind) {
      case 'on':
        return [reached, ok(LOCK, lock.how)];
      case 'off':
        return [reached, warning(LOCK, `off. ${lock.why}`, SET_LOCK)];
      case 'unknown':
        return [reached, notChecked(LOCK, lock.why)];
    }
  } catch (thrown) {
    return [failedInTime('reachable', thrown, signal)];
  }
};

const probeRow = async ({ store }: StoreCheck, signal: AbortSignal): Promise<CheckRow> => {
  try {
    const tried = await store.probe(signal);
    return tried.kind === 'denied'
      ? ok('put and delete', tried.how)
      : warning('put and delete', tried.why, SET_LOCK);
  } catch (thrown) {
    return failedInTime('put and delete', thrown, signal);
  }
};

const storageRow = ({ storage, collecting }: StoreCheck): readonly CheckRow[] => {
  if (storage !== 'refused' || collecting.length === 0) return [];
  return [
    failed(
      'encryption',
      `a folder is not encrypted, and the configuration does not allow that: ${collecting.join(', ')} would be refused`,
      'Set evidence.plaintext to true, or evidence.s3.',
    ),
  ];
};

/** The evidence store; by reads alone unless a probe is asked for. Never rejects: each failure is a row. */
export const checkStore = async (check: StoreCheck, signal: AbortSignal): Promise<readonly CheckRow[]> => {
  const until = partDeadline(signal);
  const looked = await lockRow(check, until);
  return [...looked, ...(check.how === 'probe' ? [await probeRow(check, until)] : []), ...storageRow(check)];
};
