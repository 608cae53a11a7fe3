// A member that a request may leave out. Null counts as left out, as the protocols have it (Smithy's tests
// RestJsonServersDontSerializeNullStructureValues and AwsJson11StructuresDontDeserializeNullValues).
import type * as z from 'zod';

export const optional = <T>(schema: z.ZodType<T>) =>
  schema
    .nullish()
    .transform((value) => value ?? undefined)
    .optional();
