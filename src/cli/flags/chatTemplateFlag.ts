import { Option } from "commander";

/** The option of commands that write chats. */
export interface ChatTemplateFlags {
  readonly chatTemplate?: string;
}

/** The option that chooses a chat template, for models that have none or in place of their own. */
export function chatTemplateOption(otherwise = "the run's, or else the model's own"): Option {
  return new Option(
    "--chat-template <file>",
    `Jinja file that writes chats, or "plain" for User: and Assistant: (default: ${otherwise})`,
  );
}
