/** Whatever a person can't see, or a terminal obeys: control and format characters, separators other than a space. */
const UNSEEN = /(?! )[\p{C}\p{Z}]/gu;

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');

/**
 * A command for whoever copies it: nothing is cut, defanged or trimmed. A pre-image may hold what a suspect wrote, and
 * a DEL that is pasted erases what stands before it. What can't be seen is written as JSON writes it (RFC 8259, section
 * 7); a reversing command has such characters in its JSON strings alone, where that means the same.
 */
export const copyable = (command: string): string => command.replace(UNSEEN, escaped);
