export interface LogLine {
  readonly at: Date;
  readonly text: string;
}

/** What one container has printed, line by line, stdout and stderr together as a container log has them. */
export class ContainerLog {
  readonly #lines: LogLine[] = [];
  readonly #watchers = new Set<(line: LogLine) => void>();

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  append(text: string, at = new Date()): void {
    const line = { at, text };
    this.#lines.push(line);
    for (const watch of this.#watchers) watch(line);
  }

  /** Calls `watch` for each later line, until the function it returns is called. */
  follow(watch: (line: LogLine) => void): () => void {
    this.#watchers.add(watch);
    return () => this.#watchers.delete(watch);
  }

  /** A sink for one stream: it cuts at line ends and keeps the rest for the next chunk. */
  sink(): { readonly write: (chunk: string) => void; readonly end: () => void } {
    let rest = '';
    return {
      write: (chunk) => {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop() ?? '';
        for (const part of parts) this.append(part);
      },
      end: () => {
        if (rest !== '') this.append(rest);
        rest = '';
      },
    };
  }
}
