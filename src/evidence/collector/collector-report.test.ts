import { expect, it } from 'vitest';
import { CollectorReport } from './collector-report.ts';

const MARK = 'ab'.repeat(16);

const reportOf = (...pieces: readonly string[]): CollectorReport => {
  const report = new CollectorReport(MARK);
  for (const piece of pieces) report.add(Buffer.from(piece, 'latin1'));
  report.end();
  return report;
};

it('reads marked lines whatever the pieces', () => {
  const report = reportOf(
    `${MARK.slice(0, 5)}`,
    `${MARK.slice(5)} bytes 4`,
    `2\n${MARK} mount /a\n${MARK} mount /b\n`,
  );
  expect(report.count('bytes')).toBe(42);
  expect(report.list('mount')).toEqual(['/a', '/b']);
  expect(report.messages).toEqual([]);
});

it('believes no line without the mark, and none that was cut', () => {
  const report = reportOf('end\nbytes 1\n', `${MARK} en`);
  expect(report.value('end')).toBeUndefined();
  expect(report.messages.at(-1)).toBe(`${MARK} en`);
});

it('finds its line behind half a line of another process', () => {
  const report = reportOf(`tar: ./x: file chang${MARK} status 0\n`);
  expect(report.count('status')).toBe(0);
  expect(report.messages).toEqual(['tar: ./x: file chang']);
});

it('keeps a bounded number of bounded, printable lines', () => {
  const report = reportOf(`\x1b[31mred\x07\n${'x'.repeat(100_000)}\n`, 'tar: a: b\n'.repeat(500));
  expect(report.messages[0]).toBe('\\x1b[31mred\\x07');
  expect(report.messages[1]).toHaveLength(8192);
  expect(report.messages).toHaveLength(201);
  expect(report.messages.at(-1)).toBe('302 more lines were dropped.');
});

it('keeps a bounded amount of marked values', () => {
  const report = reportOf(`${MARK} mount /${'m'.repeat(4000)}\n`.repeat(1000), `${MARK} bytes 7\n`);
  expect(report.list('mount').join('').length).toBeLessThanOrEqual(256 * 1024);
  expect(report.count('bytes')).toBe(7);
});
