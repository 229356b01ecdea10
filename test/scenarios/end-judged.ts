import { expect } from 'vitest';
import type { Scenario } from './scenario.ts';

/** Ends a scenario that several tests share, once whoever looks from outside found nothing wrong. */
export const endJudged = async (scenario: Scenario): Promise<void> => {
  try {
    expect(await scenario.violations()).toEqual([]);
  } finally {
    await scenario[Symbol.asyncDispose]();
  }
};
