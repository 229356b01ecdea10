import { readFileSync, writeFileSync } from 'node:fs';

/** A value of /proc/<pid>/status in MiB. `VmHWM` is the peak since it was last reset. */
export const memoryMib = (pid: number, field: 'VmRSS' | 'VmHWM'): number => {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  )?.[1];
  return Number(kib) / 1024;
};

/** Writing 5 resets the peak (proc(5), /proc/pid/clear_refs). */
export const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');
