import { NotFound } from "../requestErrors.js";
import type { RunStore } from "../reports/runStore.js";
import { runParams } from "../schemas/common.js";
import { noteBodySchema, noteParams, notesSchema } from "../schemas/notes.js";
import { jsonRoute, type Route } from "./route.js";

/** Routes to the notes on steps, which stand in every figure and export of a run. */
export function notesRoutes(store: RunStore): Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/notes",
      summary: "The notes on a run's steps",
      params: runParams,
      response: notesSchema,
      answer: ({ params }) => store.read("notes", params.id, {}),
    }),
    jsonRoute({
      method: "post",
      path: "/runs/:id/notes",
      summary: "Writes a note on a step; answers with all of them",
      params: runParams,
      body: noteBodySchema,
      response: notesSchema,
      answer: ({ params, body }) =>
        store.read("addNote", params.id, { note: { ...body, writtenAt: new Date().toISOString() } }),
    }),
    jsonRoute({
      method: "delete",
      path: "/runs/:id/notes/:noteId",
      summary: "Removes a note; answers with those that are left",
      params: noteParams,
      response: notesSchema,
      answer: async ({ params }) => {
        const notes = await store.read("removeNote", params.id, { id: params.noteId });
        if (notes === null)
          throw new NotFound(`no note ${params.noteId} of run ${JSON.stringify(params.id)}`);
        return notes;
      },
    }),
  ];
}
