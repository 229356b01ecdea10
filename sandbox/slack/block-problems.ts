import { isJsonObject, type JsonObject } from './json.ts';

/** Collects what is wrong with blocks, in Slack's words: a sentence and the place as a JSON pointer. */
export class BlockProblems {
  readonly #problems: string[] = [];

  get all(): readonly string[] {
    return this.#problems;
  }

  add(sentence: string, pointer: string): void {
    this.#problems.push(`${sentence} [json-pointer:${pointer}]`);
  }

  /** A string of 1 to `max` characters. */
  string(value: unknown, max: number, pointer: string): value is string {
    if (typeof value !== 'string') {
      this.add('must be a string', pointer);
      return false;
    }
    if (value.length === 0) this.add('must be more than 0 characters', pointer);
    if (value.length > max) this.add(`must be less than ${max + 1} characters`, pointer);
    return true;
  }

  optionalString(object: JsonObject, key: string, max: number, pointer: string): void {
    if (object[key] !== undefined) this.string(object[key], max, `${pointer}/${key}`);
  }

  /** A text object of up to `max` characters, of one of the kinds that this place takes. */
  text(value: unknown, max: number, pointer: string, kinds: 'any text' | 'plain_text'): void {
    if (!isJsonObject(value)) {
      this.add('missing required field: text', pointer);
      return;
    }
    const type = value['type'];
    const fits = type === 'plain_text' || (kinds === 'any text' && type === 'mrkdwn');
    if (!fits) this.add(`unsupported type: ${String(type)}`, `${pointer}/type`);
    this.string(value['text'], max, `${pointer}/text`);
  }

  /** An array of 1 to `max` objects; returns the objects with their pointers. */
  list(value: unknown, max: number, pointer: string): readonly { item: JsonObject; at: string }[] {
    if (!Array.isArray(value)) {
      this.add('must be an array', pointer);
      return [];
    }
    if (value.length === 0) this.add('no fewer than 1 items allowed', pointer);
    if (value.length > max) this.add(`no more than ${max} items allowed`, pointer);
    return value.flatMap((item: unknown, index) => {
      const at = `${pointer}/${index}`;
      if (isJsonObject(item)) return [{ item, at }];
      this.add('must be an object', at);
      return [];
    });
  }

  unique(values: readonly unknown[], name: string, pointer: string): void {
    const set = values.filter((value) => value !== undefined);
    if (new Set(set).size < set.length) this.add(`\`${name}\` must be unique`, pointer);
  }
}
