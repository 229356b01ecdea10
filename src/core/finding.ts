/** A titled part of what a verb found, as short lines of plain text. The chat escapes and cuts it. */
export interface Finding {
  readonly title: string;
  readonly lines: readonly string[];
}
