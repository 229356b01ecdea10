import { readFileSync } from 'node:fs';
import type { Collection, CollectRequest } from '../../core/evidence.ts';
import { shellAssignment } from './shell-assignment.ts';

/** What a run of the collector is told. */
export interface ScriptParameters {
  /** 32 hex digits that nothing in the container can know before. */
  readonly mark: string;
  /** v4 has no end of stdin, so only the deadline ends a collector there. */
  readonly protocol: 'v5' | 'v4';
  readonly request: CollectRequest;
}

const textOf = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

const COMMON = textOf('common.sh');
const PRODUCERS: Readonly<Record<Collection, string>> = {
  volatile: textOf('volatile.sh'),
  files: textOf('files.sh'),
};

const listAssignments = (name: string, values: readonly string[]): string =>
  shellAssignment(`${name}_COUNT`, String(values.length)) +
  values.map((value, index) => shellAssignment(`${name}_${index + 1}`, value)).join('');

/** The script for `sh -s`: assignments, functions, and one last line that starts what was parsed whole by then. */
export const collectorScript = ({ mark, protocol, request }: ScriptParameters): string =>
  [
    shellAssignment('FB_MARK', mark),
    shellAssignment('FB_DEADLINE_SECONDS', String(request.deadlineSeconds)),
    shellAssignment('FB_MAX_BYTES', String(request.maxBytes)),
    shellAssignment('FB_STDIN', protocol === 'v5' ? 'watch' : 'ignore'),
    listAssignments('FB_SECRET', request.secretMounts),
    listAssignments('FB_PATH', request.paths),
    COMMON,
    PRODUCERS[request.collection],
    'main; exit "$?"\n',
  ].join('');
