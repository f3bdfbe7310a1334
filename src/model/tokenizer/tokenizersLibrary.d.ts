/**
 * The part of `@huggingface/tokenizers` used here. The declarations that the package ships import each other
 * without file extensions, which Node-style module resolution does not follow.
 */
declare module "@huggingface/tokenizers" {
  export class Tokenizer {
    constructor(tokenizer: object, config: object);
    encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] };
    decode(ids: number[], options?: { skip_special_tokens?: boolean }): string;
    token_to_id(token: string): number | undefined;
  }
}
