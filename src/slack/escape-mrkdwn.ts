const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const LOOKALIKES: Readonly<Record<string, string>> = { '*': '\u2217', '`': '\u02cb', '~': '\u223c' };

/**
 * Text from outside for Slack's markup language. `&`, `<` and `>` are escaped as Slack asks for, so that no mention and
 * no link can be written; formatting characters, which the language can't escape, become ones that look alike.
 * Source: docs.slack.dev, "Formatting message text". Blocks use rich text and plain text, which are never parsed;
 * this is for the fallback `text`.
 */
export const escapeMrkdwn = (text: string): string =>
  text
    .replace(/[&<>]/gu, (character) => ENTITIES[character] ?? '')
    .replace(/[*`~]/gu, (character) => LOOKALIKES[character] ?? '')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\u02cd');
