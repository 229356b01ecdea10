import { readFileSync } from 'node:fs';
import { type ProofTarget, proofTargetSchema } from '../../../core/proof.ts';
import type { MarkedScript } from './run-marked.ts';

/** Whose programs make the tries. */
export type ToolSet = 'tool image' | 'target';

export interface TriesScript {
  readonly targets: readonly ProofTarget[];
  readonly tools: ToolSet;
  /** Listens there in the pod's network while the tries run. The tool image alone can. */
  readonly listenerPort?: number;
}

/** One try. All of them run at once. */
const TRY_SECONDS = 3;
/** How long the listener stays for whoever tries to reach it from another pod. */
const HOLD_SECONDS = 9;
/** Ends everything that the visit started, at the source. */
const VISIT_SECONDS = 15;

const textOf = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
const TEXTS: Readonly<Record<ToolSet, string>> = {
  'tool image': textOf('tries.sh'),
  target: textOf('tries-by-target.sh'),
};

/** `timeout` leads a process group of its own, and ends the group. */
const COMMANDS: Readonly<Record<ToolSet, readonly string[]>> = {
  'tool image': ['/usr/bin/timeout', '-s', 'KILL', String(VISIT_SECONDS), '/bin/busybox', 'sh', '-s'],
  target: ['sh', '-s'],
};

/** Parsed once more where it becomes a shell's: then it holds nothing that a shell reads as more than a word. */
const tryLine = (target: ProofTarget, index: number): string => {
  const { by, host, port } = proofTargetSchema.parse(target);
  return `  try_${by} ${index} '${host}' ${port} & fb_tries="$fb_tries $!"\n`;
};

/** What to send to a container so that it makes the tries, each under its index. */
export const triesScript = ({ targets, tools, listenerPort }: TriesScript): MarkedScript => {
  const port = tools === 'tool image' ? listenerPort : undefined;
  return {
    command: COMMANDS[tools],
    text: (mark) =>
      [
        `FB_MARK='${mark}'\nFB_SECONDS=${TRY_SECONDS}\nFB_HOLD_SECONDS=${HOLD_SECONDS}\n`,
        `FB_VISIT_SECONDS=${VISIT_SECONDS}\n`,
        `FB_LISTEN=${port ?? ''}\n`,
        `FB_LISTEN_HEX=${(port ?? 0).toString(16).toUpperCase().padStart(4, '0')}\n`,
        TEXTS[tools],
        `tries() {\n  :\n${targets.map(tryLine).join('')}}\n`,
        // Parsed whole before it runs: stdin is the line of life from then on.
        'main; exit "$?"\n',
      ].join(''),
  };
};
