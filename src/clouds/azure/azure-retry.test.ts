import { expect, test } from 'vitest';
import { type RetryHint, retried } from './azure-retry.ts';

/** Answers in this order, and tells how often it was asked and how long it was waited in between. */
const asked = async (answers: readonly (RetryHint | Error)[]) => {
  const slept: number[] = [];
  let calls = 0;
  const ask = async (): Promise<RetryHint> => {
    const answer = answers[Math.min(calls++, answers.length - 1)];
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer');
    return answer;
  };
  const clock = { sleep: async (ms: number) => void slept.push(ms) };
  const outcome = await retried(clock, ask, (answer) => answer).then(
    ({ status }) => status,
    (error: Error) => error.message,
  );
  return { outcome, calls, slept };
};
const answer = (status: number, retryAfter?: string): RetryHint => ({ status, retryAfter });

test.each([408, 429, 500, 502, 503, 504])('an answer %i passes, so it is asked again', async (status) => {
  expect(await asked([answer(status), answer(200)])).toMatchObject({ outcome: 200, calls: 2 });
});

test.each([200, 400, 401, 403, 404, 409])('an answer %i stands', async (status) => {
  expect(await asked([answer(status)])).toEqual({ outcome: status, calls: 1, slept: [] });
});

test('a connection that breaks is made again, and the third time it is told', async () => {
  expect(await asked([new Error('broken'), answer(200)])).toMatchObject({ outcome: 200, calls: 2 });
  expect(await asked([new Error('broken')])).toMatchObject({ outcome: 'broken', calls: 3 });
});

test('it is waited as long as Azure asks for, and longer each time where it does not', async () => {
  expect((await asked([answer(429, '2'), answer(200)])).slept).toEqual([2_000]);
  const [first = 0, second = 0] = (await asked([answer(503)])).slept;
  expect(first).toBeGreaterThanOrEqual(200);
  expect(first).toBeLessThanOrEqual(400);
  expect(second).toBeGreaterThanOrEqual(400);
  expect(second).toBeLessThanOrEqual(800);
});

test('nobody waits longer than some seconds: the answer then stands at once', async () => {
  expect(await asked([answer(429, '30'), answer(200)])).toEqual({ outcome: 429, calls: 1, slept: [] });
});
