import { readText } from "../../formats/json.js";

/** Chat template chosen by hand: for a model that has none, or in place of its own. */
export interface ChosenTemplate {
  /** `plain`, or the file that it was read from. */
  readonly name: string;
  /** Template itself (Jinja), so that a record of it says all. */
  readonly text: string;
}

/** Name of {@link plainTemplate}, as `--chat-template` takes it. */
export const plainTemplateName = "plain";

/**
 * Turns by name, for models that know no turns: `User:` on a line of its own, then what is said without white space at
 * its ends, then an empty line and the next turn. An answer ends with the tokenizer's end of text, where it has one. The
 * chat begins with its beginning of text, where the tokenizer puts that before texts.
 */
export const plainTemplate =
  "{{ bos_token | default('') }}" +
  "{% for message in messages %}" +
  "{{ '' if loop.first else '\\n\\n' }}{{ message.role | capitalize + ':\\n' }}" +
  "{% if message.role == 'assistant' %}" +
  "{% generation %}{{ message.content | trim + eos_token | default('') }}{% endgeneration %}" +
  "{% else %}{{ message.content | trim }}{% endif %}" +
  "{% endfor %}" +
  "{% if add_generation_prompt %}{{ '\\n\\nAssistant:\\n' }}{% endif %}";

/**
 * Chooses a template by name or file.
 * @param choice `plain`, or the path of a Jinja file
 * @throws TurncoatError where there is no such file
 */
export function chooseTemplate(choice: string): ChosenTemplate {
  const text = choice === plainTemplateName ? plainTemplate : readText(choice);
  return { name: choice, text };
}
