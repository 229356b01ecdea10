import { z } from 'zod';

/** A column that holds JSON as text, parsed by `schema`. */
export const jsonText = <Schema extends z.ZodType>(schema: Schema) =>
  z.string().transform((text): z.output<Schema> => schema.parse(JSON.parse(text)));
