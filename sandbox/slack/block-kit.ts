import { checkElement } from './block-elements.ts';
import { BlockProblems } from './block-problems.ts';
import { checkRichText } from './check-rich-text.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { SlackError } from './slack-error.ts';

/** Limits of Block Kit's blocks: docs.slack.dev, "Blocks". */
const BLOCKS_IN_MESSAGE = 50;
const BLOCKS_IN_VIEW = 100;
const BLOCK_ID = 255;
const SECTION_TEXT = 3_000;
const SECTION_FIELDS = 10;
const FIELD_TEXT = 2_000;
const HEADER_TEXT = 150;
const ACTIONS_ELEMENTS = 25;
const CONTEXT_ELEMENTS = 10;
const IMAGE_ALT = 2_000;
const INPUT_LABEL = 2_000;
/** All markdown blocks of a message together. */
const MARKDOWN_TEXT = 12_000;

type BlockCheck = (block: JsonObject, at: string, problems: BlockProblems) => void;

const CHECKS: Readonly<Record<string, BlockCheck>> = {
  divider: () => undefined,
  rich_text: checkRichText,
  header: (block, at, problems) => problems.text(block['text'], HEADER_TEXT, `${at}/text`, 'plain_text'),
  section(block, at, problems) {
    if (block['text'] === undefined && block['fields'] === undefined)
      return problems.add('must define either `text` or `fields`', at);
    if (block['text'] !== undefined) problems.text(block['text'], SECTION_TEXT, `${at}/text`, 'any text');
    if (block['fields'] !== undefined)
      for (const field of problems.list(block['fields'], SECTION_FIELDS, `${at}/fields`))
        problems.text(field.item, FIELD_TEXT, field.at, 'any text');
    if (isJsonObject(block['accessory'])) checkElement(block['accessory'], `${at}/accessory`, problems);
  },
  actions(block, at, problems) {
    const elements = problems.list(block['elements'], ACTIONS_ELEMENTS, `${at}/elements`);
    for (const element of elements) checkElement(element.item, element.at, problems);
    problems.unique(
      elements.map((element) => element.item['action_id']),
      'action_id',
      `${at}/elements`,
    );
  },
  context(block, at, problems) {
    for (const { item, at: place } of problems.list(block['elements'], CONTEXT_ELEMENTS, `${at}/elements`)) {
      if (item['type'] === 'image') problems.string(item['alt_text'], IMAGE_ALT, `${place}/alt_text`);
      else problems.text(item, SECTION_TEXT, place, 'any text');
    }
  },
  image: (block, at, problems) => void problems.string(block['alt_text'], IMAGE_ALT, `${at}/alt_text`),
  markdown: (block, at, problems) => void problems.string(block['text'], MARKDOWN_TEXT, `${at}/text`),
  input(block, at, problems) {
    problems.text(block['label'], INPUT_LABEL, `${at}/label`, 'plain_text');
    if (isJsonObject(block['element'])) checkElement(block['element'], `${at}/element`, problems);
    else problems.add('missing required field: element', at);
  },
};

/**
 * Refuses blocks that Slack refuses, with `invalid_blocks`, the sentences in `errors`, and the same sentences marked
 * `[ERROR]` in `response_metadata.messages`. An argument that is not an array of objects is `invalid_blocks_format`.
 * The shape of the answer is recorded in grafana/oncall#5121.
 */
export function checkBlocks(value: unknown, surface: 'message' | 'view'): readonly JsonObject[] {
  if (value === undefined || value === null || value === '') return [];
  if (!Array.isArray(value) || !value.every(isJsonObject)) throw new SlackError('invalid_blocks_format');
  const blocks: readonly JsonObject[] = value;
  const problems = new BlockProblems();
  const limit = surface === 'view' ? BLOCKS_IN_VIEW : BLOCKS_IN_MESSAGE;
  if (blocks.length > limit) problems.add(`no more than ${limit} items allowed`, '/blocks');
  for (const [index, block] of blocks.entries()) {
    const at = `/blocks/${index}`;
    const type = String(block['type']);
    const check = CHECKS[type];
    problems.optionalString(block, 'block_id', BLOCK_ID, at);
    if (check === undefined) problems.add(`unsupported type: ${type}`, `${at}/type`);
    else check(block, at, problems);
  }
  problems.unique(
    blocks.map((block) => block['block_id']),
    'block_id',
    '/blocks',
  );
  if (problems.all.length > 0)
    throw new SlackError('invalid_blocks', {
      errors: problems.all,
      response_metadata: { messages: problems.all.map((problem) => `[ERROR] ${problem}`) },
    });
  const markdown = blocks.filter((block) => block['type'] === 'markdown');
  const markdownLength = markdown.reduce((sum, block) => sum + String(block['text']).length, 0);
  if (markdownLength > MARKDOWN_TEXT) throw new SlackError('msg_blocks_too_long');
  return blocks;
}

/** The blocks with a `block_id` each, as Slack fills it in for blocks without one. */
export function withBlockIds(blocks: readonly JsonObject[]): readonly JsonObject[] {
  return blocks.map((block) =>
    block['block_id'] === undefined
      ? { ...block, block_id: Math.random().toString(36).slice(2, 7).padEnd(5, '0') }
      : block,
  );
}
