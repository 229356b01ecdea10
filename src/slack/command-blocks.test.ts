import { expect, it } from 'vitest';
import { commandBlocks } from './command-blocks.ts';

const LIMITS = { commands: 3, characters: 100 } as const;
const show = (...commands: readonly string[]) =>
  commandBlocks(
    commands.map((command) => ({ title: 'To look:', command })),
    LIMITS,
    'see there',
  );

it('shows a command whole, in a block of its own, as it is', () => {
  expect(show(`kubectl get nodes/10.0.0.1 -o yaml`).blocks).toEqual([
    {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [{ type: 'text', text: 'To look:', style: { bold: true } }],
        },
        {
          type: 'rich_text_preformatted',
          elements: [{ type: 'text', text: 'kubectl get nodes/10.0.0.1 -o yaml' }],
        },
      ],
    },
  ]);
});

it('never cuts one: what does not fit is left out, and the next that fits is shown', () => {
  const shown = JSON.stringify(show('a'.repeat(60), 'b'.repeat(60), 'c'.repeat(20)).blocks);
  expect(shown).toContain('a'.repeat(60));
  expect(shown).not.toContain('bb');
  expect(shown).toContain('c'.repeat(20));
  expect(shown).toContain('… 1 command is too long for this message; see there.');
});

it('counts what JSON escapes, as Slack does', () => {
  expect(JSON.stringify(show('"'.repeat(60)).blocks)).toContain('too long');
});

it('shows no more of them than a message has room for', () => {
  expect(JSON.stringify(show('a', 'b', 'c', 'd', 'e').blocks)).toContain('… 2 commands do not fit');
});

it('shows nothing without a command', () => {
  expect(show()).toEqual({ blocks: [], characters: 0 });
});
