import { openApiDocument } from "./openApiDocument.js";
import { openApiSchema } from "../schemas/openApi.js";
import { jsonRoute, type Route } from "./route.js";

/** Route to the description of the API, itself included. */
export function openApiRoute(others: readonly Route[]): Route {
  const route: Route = jsonRoute({
    method: "get",
    path: "/openapi.json",
    summary: "This description",
    response: openApiSchema,
    answer: () => openApiDocument([...others, route]),
  });
  return route;
}
