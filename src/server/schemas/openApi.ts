import { z } from "zod";
import { named } from "./named.js";

/** The outline of an OpenAPI 3.1 document. */
export const openApiSchema = named(
  "OpenApi",
  z.object({
    openapi: z.literal("3.1.0"),
    info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
    servers: z.array(z.object({ url: z.string() })),
    paths: z.record(z.string(), z.record(z.string(), z.looseObject({ summary: z.string() }))),
    components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }),
  }),
);
export type OpenApiDocument = z.infer<typeof openApiSchema>;
