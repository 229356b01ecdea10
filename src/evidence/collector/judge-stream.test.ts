import { expect, it } from 'vitest';
import { CollectorReport } from './collector-report.ts';
import { judgeStream } from './judge-stream.ts';

const MARK = 'cd'.repeat(16);
const ARRIVED = { bytes: 1024, sha256: 'e'.repeat(64) };

const problemsOf = (...lines: readonly string[]): readonly string[] => {
  const report = new CollectorReport(MARK);
  report.add(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  report.end();
  const run = { end: { kind: 'ended' }, status: { kind: 'exited', code: 0 }, report } as const;
  return judgeStream(run, ARRIVED, { collection: 'files', paths: [] }).problems;
};

const whole = [`${MARK} bytes 1024`, `${MARK} sha256 ${ARRIVED.sha256}`, `${MARK} end`];
const unreadable = 'tar: ./root: Cannot open: Permission denied';

it('takes an archive as whole whose tar named the paths that it could not read', () => {
  expect(problemsOf(unreadable, `${MARK} tool tar gnu`, `${MARK} status 2`, ...whole)).toEqual([]);
});

it('does not take an unreadable path as the reason why tar was killed', () => {
  const problems = problemsOf(unreadable, `${MARK} tool tar gnu`, `${MARK} status 137`, ...whole);
  expect(problems).toEqual(['tar ended with exit status 137.']);
});
