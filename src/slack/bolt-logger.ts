import { type Logger, LogLevel } from '@slack/bolt';
import type { SlackLogger } from './slack-logger.ts';

const sentenceOf = (values: readonly unknown[]): string =>
  values.map((value) => (value instanceof Error ? value.message : String(value))).join(' ');

/**
 * Slack's packages log through ours. Their debug lines hold whole payloads and are dropped; the level is ours to set,
 * so theirs stays fixed.
 */
export const boltLogger = (logger: SlackLogger): Logger => ({
  debug: () => undefined,
  info: (...values: readonly unknown[]) => logger.info({ part: 'slack' }, sentenceOf(values)),
  warn: (...values: readonly unknown[]) => logger.warn({ part: 'slack' }, sentenceOf(values)),
  error: (...values: readonly unknown[]) => logger.error({ part: 'slack' }, sentenceOf(values)),
  setLevel: () => undefined,
  getLevel: () => LogLevel.INFO,
  setName: () => undefined,
});
