import type { JsonObject } from "../formats/json.js";
import { parseReply, type ChatReply } from "./chatReply.js";
import { HttpEndpoint } from "./httpEndpoint.js";

/** What a server's filter leaves of a reply. */
const filteredReply: ChatReply = {
  text: "",
  firstToken: null,
  filtered: true,
  promptTokens: 0,
  completionTokens: 0,
};

/** A chat endpoint as OpenAI defines it. */
export class ChatEndpoint extends HttpEndpoint {
  /**
   * Asks once, and again where that may help.
   *
   * @param body the request as OpenAI defines it; see `chatBody`
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
