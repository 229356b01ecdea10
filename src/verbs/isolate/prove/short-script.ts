import type { MarkedScript } from './run-marked.ts';
import type { ToolSet } from './tries-script.ts';

/** Ends the visit at the source. A target's own shell has nothing that could be relied on for that. */
const COMMANDS: Readonly<Record<ToolSet, readonly string[]>> = {
  'tool image': ['/usr/bin/timeout', '-s', 'KILL', '10', '/bin/busybox', 'sh', '-s'],
  target: ['sh', '-s'],
};

/** A script that only reads and then ends: it is told its mark and whose programs to use. */
export const shortScript = (text: string, tools: ToolSet): MarkedScript => ({
  command: COMMANDS[tools],
  text: (mark) =>
    `FB_MARK='${mark}'\nFB_TOOLS=${tools === 'target' ? 'target' : 'image'}\n${text}main; exit "$?"\n`,
});
