/** Measures something and prints blocks of text: a table, or why it was left out. Leaves nothing behind. */
export type Benchmark = (print: (block: string) => void) => Promise<void>;
