import { z } from "zod";
import type { Route } from "./route.js";
import { errorSchema } from "../schemas/common.js";
import { apiSchemas } from "../schemas/named.js";
import type { OpenApiDocument } from "../schemas/openApi.js";

/** Describes routes as an OpenAPI 3.1 document: their schemas are those that requests and answers are checked with. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const paths: OpenApiDocument["paths"] = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  const made = z.toJSONSchema(apiSchemas, { uri: (id) => id, io: "output", unrepresentable: "any" });
  const schemas = Object.entries(made.schemas).map(([id, schema]) => [id, component(schema)] as const);
  return {
    openapi: "3.1.0",
    info: {
      title: "Turncoat",
      version: "1",
      description: "Runs of fine-tuning, their analysis, figures and answers. Undefined numbers are null.",
    },
    servers: [{ url: "." }],
    paths,
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function operation({
  summary,
  params,
  query,
  body,
  answer,
}: Route): OpenApiDocument["paths"][string][string] {
  const error = {
    description: "what is wrong",
    content: { "application/json": { schema: reference(errorSchema) } },
  };
  return {
    summary,
    parameters: [...parameters(params, "path"), ...parameters(query, "query")],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: reference(body) } } } }),
    responses: {
      "200": {
        description: summary,
        content:
          answer.kind === "json"
            ? { "application/json": { schema: reference(answer.schema) } }
            : { "text/event-stream": { schema: { oneOf: Object.values(answer.events).map(reference) } } },
      },
      default: error,
    },
  };
}

/** The fields of an object schema as parameters. */
function parameters(schema: z.ZodType | undefined, place: "path" | "query"): object[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, each]) => {
    const { description, ...type } = typeof each === "object" ? each : {};
    return {
      name,
      in: place,
      required: place === "path" || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: type,
    };
  });
}

function reference(schema: z.ZodType): { readonly $ref: string } {
  const id = apiSchemas.get(schema)?.id;
  if (id === undefined) throw new Error("a schema of an answer or a body has no name: use named()");
  return { $ref: `#/components/schemas/${id}` };
}

/** A schema as a component: references point into the document. */
function component(schema: object): Record<string, unknown> {
  const text = JSON.stringify({ ...schema, $schema: undefined, $id: undefined }, (key, value: unknown) =>
    key === "$ref" && typeof value === "string" && !value.startsWith("#")
      ? `#/components/schemas/${value}`
      : value,
  );
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
}
