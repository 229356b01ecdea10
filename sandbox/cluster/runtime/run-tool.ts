import { spawn } from 'node:child_process';

/** Runs a program of the host to its end, with `input` on its stdin. Rejects with its stderr when it fails. */
export function runTool(path: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: TOOL_PATH, LC_ALL: 'C' },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.stdin.once('error', () => undefined);
    child.stdin.end(input);
    child.once('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${path} ended with ${code}: ${stderr.trim()}`));
    });
  });
}

/** What the host's own tools are found by. Containers get theirs from their image. */
export const TOOL_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
