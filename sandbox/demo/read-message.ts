import type { Message } from '../slack/visible.ts';

/** Everything a message says, blocks included, as one text to search in. */
export const textOf = (message: Message): string => `${message.text}\n${JSON.stringify(message.blocks)}`;

/** The run that a message is about: the first id in it. */
export const runIdOf = (message: Message): string => {
  const id = /FB-\d{4}-\d{4,}-\d+/.exec(textOf(message))?.[0];
  if (id === undefined) throw new Error(`no run is named in: ${message.text}`);
  return id;
};

/** A button by its label, as `click` wants it; undefined when the message has none of that label. */
export const buttonOf = (
  message: Message,
  label: string,
): { readonly actionId: string; readonly value: string } | undefined => {
  for (const block of message.blocks) {
    const elements = block['type'] === 'actions' && Array.isArray(block['elements']) ? block['elements'] : [];
    for (const element of elements) {
      const { action_id: actionId, value, text } = readElement(element);
      if (text === label && actionId !== undefined) return { actionId, value: value ?? '' };
    }
  }
  return undefined;
};

const readElement = (
  element: unknown,
): {
  readonly action_id?: string | undefined;
  readonly value?: string | undefined;
  readonly text?: string | undefined;
} => {
  if (typeof element !== 'object' || element === null) return {};
  const field = (of: object, key: string): unknown => Object.entries(of).find(([name]) => name === key)?.[1];
  const word = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const text = field(element, 'text');
  return {
    action_id: word(field(element, 'action_id')),
    value: word(field(element, 'value')),
    text: typeof text === 'object' && text !== null ? word(field(text, 'text')) : undefined,
  };
};
