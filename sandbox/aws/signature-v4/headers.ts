/** Header names in any case; a list where a header came more than once. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Every value of a header as it was sent. */
export function headerValues(headers: Headers, name: string): readonly string[] {
  return Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => value ?? []);
}

/** The first value of a header, trimmed. */
export function headerValue(headers: Headers, name: string): string | undefined {
  return headerValues(headers, name)[0]?.trim();
}
