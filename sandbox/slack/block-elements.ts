import type { BlockProblems } from './block-problems.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** Limits of Block Kit's elements: docs.slack.dev, "Block elements" and "Composition objects". */
const BUTTON_TEXT = 75;
const BUTTON_VALUE = 2_000;
const BUTTON_URL = 3_000;
const ACTION_ID = 255;
const OPTIONS = 100;
const OPTION_TEXT = 75;
const OPTION_VALUE = 150;
const PLACEHOLDER = 150;
const CONFIRM = { title: 100, text: 300, confirm: 30, deny: 30 } as const;
const INPUT_LENGTH = 3_000;

/** Elements with options of their own, with how many they take. */
const WITH_OPTIONS: Readonly<Record<string, number>> = {
  static_select: OPTIONS,
  multi_static_select: OPTIONS,
  overflow: 5,
  radio_buttons: 10,
  checkboxes: 10,
};

const WITHOUT_OPTIONS = [
  'users_select',
  'multi_users_select',
  'conversations_select',
  'channels_select',
  'external_select',
  'datepicker',
  'timepicker',
  'plain_text_input',
  'image',
] as const;

const BUTTON_STYLES: readonly unknown[] = [undefined, 'primary', 'danger'];

/** Checks one interactive element (button, select, input) at `pointer`. */
export function checkElement(element: JsonObject, pointer: string, problems: BlockProblems): void {
  const type = String(element['type']);
  const limit = WITH_OPTIONS[type];
  if (type === 'button') checkButton(element, pointer, problems);
  else if (limit !== undefined) checkOptions(element, limit, pointer, problems);
  else if (!WITHOUT_OPTIONS.some((known) => known === type)) {
    problems.add(`unsupported type: ${type}`, `${pointer}/type`);
    return;
  }
  problems.optionalString(element, 'action_id', ACTION_ID, pointer);
  if (element['placeholder'] !== undefined)
    problems.text(element['placeholder'], PLACEHOLDER, `${pointer}/placeholder`, 'plain_text');
  const maxLength = element['max_length'];
  if (typeof maxLength === 'number' && maxLength > INPUT_LENGTH)
    problems.add(`must be less than ${INPUT_LENGTH + 1}`, `${pointer}/max_length`);
  if (element['confirm'] !== undefined) checkConfirm(element['confirm'], `${pointer}/confirm`, problems);
}

function checkButton(element: JsonObject, pointer: string, problems: BlockProblems): void {
  problems.text(element['text'], BUTTON_TEXT, `${pointer}/text`, 'plain_text');
  problems.optionalString(element, 'url', BUTTON_URL, pointer);
  problems.optionalString(element, 'accessibility_label', BUTTON_TEXT, pointer);
  const value = element['value'];
  if (typeof value === 'string' && value.length > BUTTON_VALUE)
    problems.add(`must be less than ${BUTTON_VALUE + 1} characters`, `${pointer}/value`);
  if (value !== undefined && typeof value !== 'string') problems.add('must be a string', `${pointer}/value`);
  if (!BUTTON_STYLES.includes(element['style']))
    problems.add('must be a valid enum value', `${pointer}/style`);
}

function checkOptions(element: JsonObject, limit: number, pointer: string, problems: BlockProblems): void {
  if (element['options'] === undefined && element['option_groups'] !== undefined) return;
  for (const { item, at } of problems.list(element['options'], limit, `${pointer}/options`)) {
    problems.text(item['text'], OPTION_TEXT, `${at}/text`, 'any text');
    problems.string(item['value'], OPTION_VALUE, `${at}/value`);
  }
}

function checkConfirm(confirm: unknown, pointer: string, problems: BlockProblems): void {
  if (!isJsonObject(confirm)) {
    problems.add('must be an object', pointer);
    return;
  }
  problems.text(confirm['title'], CONFIRM.title, `${pointer}/title`, 'plain_text');
  problems.text(confirm['text'], CONFIRM.text, `${pointer}/text`, 'any text');
  problems.text(confirm['confirm'], CONFIRM.confirm, `${pointer}/confirm`, 'plain_text');
  problems.text(confirm['deny'], CONFIRM.deny, `${pointer}/deny`, 'plain_text');
}
