import { expect, it } from 'vitest';
import { checkBlocks } from '../../sandbox/slack/block-kit.ts';
import { replyMessage } from './reply-message.ts';

const options = (count: number, command = '/k8s inspect pod/x') =>
  Array.from({ length: count }, (_, index) => ({ label: `pod ${index} ${'x'.repeat(100)}`, command }));
const blocksOf = (reply: Parameters<typeof replyMessage>[0]): string =>
  JSON.stringify(replyMessage(reply)?.blocks);

it('says nothing where the channel has the answer', () => {
  expect(replyMessage({ kind: 'none' })).toBeUndefined();
});

it('names a button in bold and a command as code, and reads no other markup', () => {
  const elements = replyMessage({
    kind: 'say',
    text: 'Press *Ask again* or type `/k8s`, not <!here> _x_.',
  })?.blocks;
  expect(elements).toEqual([
    {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: 'Press' },
            { type: 'text', text: ' ' },
            { type: 'text', text: 'Ask again', style: { bold: true } },
            { type: 'text', text: ' ' },
            { type: 'text', text: 'or type ' },
            { type: 'text', text: '/k8s', style: { code: true } },
            { type: 'text', text: ', not <!here> _x_.' },
          ],
        },
      ],
    },
  ]);
});

it('names people and groups by their ids', () => {
  const blocks = blocksOf({ kind: 'say', text: 'These can decide:', people: ['S0GROUP', 'U0PERSON'] });
  expect(blocks).toContain('{"type":"usergroup","usergroup_id":"S0GROUP"}');
  expect(blocks).toContain('{"type":"user","user_id":"U0PERSON"}');
});

it('says how many lines there are beyond what Slack takes', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  expect(blocksOf({ kind: 'say', text: 'All of it:', lines })).toContain('… 40 more lines');
});

it('offers as many commands as Slack has buttons for, and says how many there are beyond', () => {
  const reply = { kind: 'choose', text: 'Which?', options: options(30) } as const;
  expect(blocksOf(reply).match(/"type":"button"/gu)).toHaveLength(25);
  expect(blocksOf(reply)).toContain('… 5 more. Type the whole command');
});

it('never cuts a command: one that does not fit a button is not offered', () => {
  const reply = { kind: 'choose', text: 'Which?', options: options(1, `/k8s ${'x'.repeat(2_000)}`) } as const;
  expect(blocksOf(reply)).not.toContain('"type":"button"');
  expect(blocksOf(reply)).toContain('… 1 more. Type the whole command');
});

it('shows a command to be copied as it is: no markup is read in it, and no address is defanged', () => {
  const command = `kubectl patch pods/x -p '{"a":"*http://203.0.113.9* \`b\`"}'`;
  const blocks = replyMessage({
    kind: 'say',
    text: 'Run FB-1',
    commands: [{ title: 'Back:', command }],
  })?.blocks;
  expect(blocks?.[1]).toEqual({
    type: 'rich_text',
    elements: [
      { type: 'rich_text_section', elements: [{ type: 'text', text: 'Back:', style: { bold: true } }] },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: command }] },
    ],
  });
});

it('takes the room of a long command from the lines, and shows it whole', () => {
  const lines = Array.from({ length: 50 }, () => 'x'.repeat(200));
  const command = 'c'.repeat(8_000);
  const commands = [{ title: 'Back:', command }];
  const both = replyMessage({ kind: 'say', text: 'All of it:', lines, commands })?.blocks;
  checkBlocks(JSON.parse(JSON.stringify(both)), 'message');
  expect(JSON.stringify(both)).toContain(command);
  expect(JSON.stringify(both)).toContain('more lines');
  expect(JSON.stringify(both).match(/x{200}/gu)?.length).toBeGreaterThan(5);
  expect(JSON.stringify(both).length).toBeLessThan(13_000);
  expect(blocksOf({ kind: 'say', text: 'All of it:', lines: lines.slice(0, 39) })).not.toContain(
    'more lines',
  );
});
