import type { JsonObject } from "../formats/json.js";
import { parseReply, type ChatReply } from "./chatReply.js";
import { HttpEndpoint } from "./httpEndpoint.js";

/** The reply that stands for one which the server's filter refused. */
const filteredReply: ChatReply = {
  text: "",
  noAnswer: "content_filter",
  firstToken: null,
  model: null,
  promptTokens: 0,
  completionTokens: 0,
};

/** A client of an OpenAI-compatible chat endpoint. */
export class ChatEndpoint extends HttpEndpoint {
  /**
   * Asks for one reply, and asks again after a failure that may pass.
   *
   * @param body the request as OpenAI defines it
   * @throws TurncoatError for a failure that cannot pass or did not
   */
  ask(body: JsonObject, signal?: AbortSignal): Promise<ChatReply> {
    return this.post(
      "/chat/completions",
      body,
      {
        success: (text) => {
          const reply = parseReply(text);
          return typeof reply === "string" ? `expected a chat completion, found ${reply}` : { value: reply };
        },
        refusal: ({ code }) => (code === "content_filter" ? { value: filteredReply } : null),
      },
      signal,
    );
  }
}
