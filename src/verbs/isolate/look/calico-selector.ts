import { allOf, anyOf, decidedBy, type KnownLabels, type Match, opposite } from './match.ts';

/** One step of the language; `(`, `)` and the like by themselves, a label by its name, a text in quotes. */
const TOKEN =
  /\s*(?:(?<op>&&|\|\||==|!=|!|\(|\)|\{|\}|,)|(?<text>"[^"]*"|'[^']*')|(?<word>[A-Za-z0-9_./-]+))/uy;

type Token = { readonly kind: 'op' | 'text' | 'word'; readonly value: string };

const tokens = (selector: string): readonly Token[] | undefined => {
  const found: Token[] = [];
  const text = selector.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) return undefined;
    if (groups['op'] !== undefined) found.push({ kind: 'op', value: groups['op'] });
    else if (groups['text'] !== undefined) found.push({ kind: 'text', value: groups['text'].slice(1, -1) });
    else found.push({ kind: 'word', value: groups['word'] ?? '' });
  }
  return found;
};

class NotUnderstood extends Error {}

type Decide = (value: string | undefined) => boolean;

/** Reads and decides in one go, from left to right: `||` binds weaker than `&&`, and `!` binds strongest. */
class Reading {
  readonly #tokens: readonly Token[];
  readonly #labels: KnownLabels;
  #at = 0;

  constructor(read: readonly Token[], labels: KnownLabels) {
    this.#tokens = read;
    this.#labels = labels;
  }

  whole(): Match {
    const match = this.#either();
    if (this.#at < this.#tokens.length) throw new NotUnderstood();
    return match;
  }

  #either(): Match {
    const parts = [this.#both()];
    while (this.#skip('op', '||')) parts.push(this.#both());
    return anyOf(parts);
  }

  #both(): Match {
    const parts = [this.#one()];
    while (this.#skip('op', '&&')) parts.push(this.#one());
    return allOf(parts);
  }

  #one(): Match {
    if (this.#skip('op', '!')) return opposite(this.#one());
    if (this.#skip('op', '(')) {
      const inner = this.#either();
      this.#expect(')');
      return inner;
    }
    const key = this.#take('word');
    if (!this.#skip('op', '(')) return decidedBy(key, this.#labels, this.#condition());
    const match = this.#called(key);
    this.#expect(')');
    return match;
  }

  #called(name: string): Match {
    switch (name) {
      case 'all':
        return 'yes';
      // Selects what lies in no namespace, which no pod does.
      case 'global':
        return 'no';
      case 'has':
        return decidedBy(this.#take('word'), this.#labels, (value) => value !== undefined);
      default:
        throw new NotUnderstood();
    }
  }

  #condition(): Decide {
    if (this.#skip('op', '==')) return this.#compared((value, text) => value === text);
    if (this.#skip('op', '!=')) {
      const text = this.#take('text');
      return (value) => value !== text;
    }
    if (this.#skip('word', 'in')) {
      const values = this.#set();
      return (value) => value !== undefined && values.includes(value);
    }
    if (this.#skip('word', 'not')) {
      this.#word('in');
      const values = this.#set();
      return (value) => value === undefined || !values.includes(value);
    }
    if (this.#skip('word', 'contains')) return this.#compared((value, text) => value.includes(text));
    if (this.#skip('word', 'starts')) {
      this.#word('with');
      return this.#compared((value, text) => value.startsWith(text));
    }
    this.#word('ends');
    this.#word('with');
    return this.#compared((value, text) => value.endsWith(text));
  }

  #compared(compare: (value: string, text: string) => boolean): Decide {
    const text = this.#take('text');
    return (value) => value !== undefined && compare(value, text);
  }

  #set(): readonly string[] {
    this.#expect('{');
    const values: string[] = [];
    while (!this.#skip('op', '}')) {
      values.push(this.#take('text'));
      if (!this.#skip('op', ',')) {
        this.#expect('}');
        break;
      }
    }
    return values;
  }

  #skip(kind: Token['kind'], value: string): boolean {
    const next = this.#tokens[this.#at];
    if (next?.kind !== kind || next.value !== value) return false;
    this.#at += 1;
    return true;
  }

  #expect(op: string): void {
    if (!this.#skip('op', op)) throw new NotUnderstood();
  }

  #word(word: string): void {
    if (!this.#skip('word', word)) throw new NotUnderstood();
  }

  #take(kind: 'text' | 'word'): string {
    const next = this.#tokens[this.#at];
    if (next?.kind !== kind) throw new NotUnderstood();
    this.#at += 1;
    return next.value;
  }
}

/**
 * Calico's selector language. An empty selector is `all()`; what is not understood may select.
 * Source: Calico, Reference, NetworkPolicy, Selectors.
 */
export const matchCalico = (selector: string, labels: KnownLabels): Match => {
  if (selector.trim() === '') return 'yes';
  const read = tokens(selector);
  if (read === undefined) return 'may';
  try {
    return new Reading(read, labels).whole();
  } catch (thrown) {
    if (thrown instanceof NotUnderstood) return 'may';
    throw thrown;
  }
};
