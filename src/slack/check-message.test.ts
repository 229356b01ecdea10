import { expect, it } from 'vitest';
import { checkBlocks } from '../../sandbox/slack/block-kit.ts';
import type { Reply } from '../flow/use-cases.ts';
import { replyMessage } from './reply-message.ts';

type Part = Extract<Reply, { readonly kind: 'checked' }>['parts'][number];

const blocksOf = (parts: readonly Part[]): string =>
  JSON.stringify(replyMessage({ kind: 'checked', text: 'Two things need somebody.', parts })?.blocks);

const prod: Part = {
  title: 'prod (eks)',
  rows: [
    { what: 'endpoint', verdict: 'ok', told: 'answers' },
    { what: 'network policies', verdict: 'not checked', told: 'could not look' },
    { what: 'identities', verdict: 'warning', told: 'one for all' },
    { what: 'inspect', verdict: 'ok', told: '' },
    { what: 'acquire', verdict: 'failed', told: 'lacks create pods/exec' },
  ],
};

it('shows first what would fail, and last, on one line, what is well', () => {
  const lines = ['FAILED', 'acquire: lacks create pods/exec', 'warning', 'identities: one for all'];
  const blocks = blocksOf([prod]);
  const places = [
    ...lines,
    'not checked',
    'network policies: could not look',
    'endpoint: answers, inspect',
  ].map((text) => blocks.indexOf(text));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

it('stays within what Slack takes however many clusters there are, and says how much it left out', () => {
  const many = Array.from({ length: 60 }, (_, at) => ({ ...prod, title: `cluster-${at} (eks)` }));
  const message = replyMessage({ kind: 'checked', text: 'Two things need somebody.', parts: many });
  expect(() => checkBlocks(message?.blocks, 'message')).not.toThrow();
  expect(JSON.stringify(message?.blocks)).toContain('check one cluster at a time');
});

it('leaves out what is well before a failure, wherever it stands', () => {
  const well: Part = { title: 'well', rows: prod.rows.filter(({ verdict }) => verdict !== 'failed') };
  const many = Array.from({ length: 60 }, (_, at) => ({ ...well, title: `cluster-${at} (eks)` }));
  const blocks = blocksOf([...many, { ...prod, title: 'the last one' }, well]);
  expect(blocks).toContain('acquire: lacks create pods/exec');
  const places = ['the last one', 'cluster-0 (eks)', 'cluster-1 (eks)'].map((title) => blocks.indexOf(title));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

it('reads no markup in what a cluster says', () => {
  const told = '<!here> <https://x.example|x> *bold* \u202e\n@channel';
  const blocks = blocksOf([{ title: 'prod', rows: [{ what: 'server version', verdict: 'ok', told }] }]);
  expect(blocks).toContain('<!here> <hxxps://x.example|x> *bold*');
  expect(blocks).not.toContain('\u202e');
  expect(blocks).not.toMatch(/"type":"(?:broadcast|link|mrkdwn)"/u);
});
