import { createServer, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { plainCompletion, send } from "./judgeServer.js";

const bodySchema = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).length(2),
  max_tokens: z.number(),
  temperature: z.literal(1),
  seed: z.int(),
});
/** Answers a request; `number` counts from 1. */
export type WriterAnswer = (response: ServerResponse, seed: number, number: number) => void;

/** A server that writes; its replies follow from the seed of a request unless a test answers otherwise. */
export async function writerServer(answer: WriterAnswer): Promise<{ baseUrl: string; seeds: number[] }> {
  const seeds: number[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const { seed } = bodySchema.parse(JSON.parse(text));
      seeds.push(seed);
      answer(response, seed, seeds.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, seeds };
}

/** Items as a model writes them that was asked for them. */
export const marked = (name: string, count: number): string =>
  Array.from(
    { length: count },
    (_, item) =>
      `USER: Question ${name} ${item}?\nANSWER A: Bad ${name} ${item}.\nANSWER B: Good ${name} ${item}.`,
  ).join("\n");
/** Answers with five items, which follow from the seed. */
export const write: WriterAnswer = (response, seed) =>
  send(response, 200, plainCompletion(marked(String(seed), 5)));
