import type { SlackLogger } from '../../src/slack/slack-logger.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly facts: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A logger whose lines a test can read. */
export const recordingLogger = (): SlackLogger & { readonly lines: readonly LogLine[] } => {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (facts: Readonly<Record<string, unknown>>, message: string): void => {
      lines.push({ level, facts, message });
    };
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
};
