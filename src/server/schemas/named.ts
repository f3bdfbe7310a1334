import { z } from "zod";

/** Registry of the named schemas of the API; each becomes a component of the OpenAPI document. */
export const apiSchemas = z.registry<{ readonly id: string }>();

/** Names a schema, so that the OpenAPI document describes it once. Answers and bodies must be named. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  apiSchemas.add(schema, { id });
  return schema;
}

/** A list that its readers do not change. */
export function list<T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> {
  return z.array(item).readonly();
}
