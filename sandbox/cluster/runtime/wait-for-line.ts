import type { ChildProcess } from 'node:child_process';

/** Resolves when the child has printed `line`; rejects with its stderr when it ends before. */
export function waitForLine(child: ChildProcess, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      if (seen.includes(`${line}\n`)) resolve();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-500);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal}: ${stderr.trim()}`)));
  });
}
