import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** One instruction: its name in capitals, its options, and the rest as words (of the JSON form where it has one). */
export type Instruction = {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  readonly form: 'exec' | 'text';
};

/** Reads a Dockerfile into its stages, each the instructions from its FROM on (docs.docker.com/reference/dockerfile). */
export async function readDockerfile(file: string): Promise<readonly (readonly Instruction[])[]> {
  const lines = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: Instruction[][] = [];
  for (const instruction of lines.map(parse)) {
    if (instruction.name === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

function parse(line: string): Instruction {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  const flags = rest.filter(
    (word) => word.startsWith('--') && !line.includes(`["${word}`) && !line.includes(`"${word}"`),
  );
  const options = Object.fromEntries(flags.map((flag) => flag.slice(2).split('=', 2)));
  const json = line.indexOf('[');
  if (json !== -1)
    return { name, options, words: z.array(z.string()).parse(JSON.parse(line.slice(json))), form: 'exec' };
  return { name, options, words: rest.filter((word) => !flags.includes(word)), form: 'text' };
}
