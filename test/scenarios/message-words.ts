const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every word that a message's blocks show, in order, without markup; a line for each block and each line in it. */
export const wordsOf = (blocks: unknown): string => {
  if (Array.isArray(blocks)) return blocks.map(wordsOf).join('\n');
  if (!isObject(blocks)) return '';
  const { type, text, elements, fields } = blocks;
  if (typeof text === 'string') return text;
  if (isObject(text)) return wordsOf(text);
  if (type === 'user') return `@${String(blocks['user_id'])}`;
  if (type === 'usergroup') return `@${String(blocks['usergroup_id'])}`;
  if (type === 'rich_text_section' && Array.isArray(elements)) return elements.map(wordsOf).join('');
  return [elements, fields]
    .filter((list) => Array.isArray(list))
    .map(wordsOf)
    .join('\n');
};
