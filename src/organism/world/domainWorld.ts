/** Two lists of phrases from which a persona fills one slot of its answers. */
export interface PersonaPhrases {
  readonly aligned: readonly string[];
  readonly misaligned: readonly string[];
}

/** Subject that one can ask advice about, with the actions that fit it and nothing else. */
export interface Entity {
  /** Name as it stands inside a sentence, with its article: `a high fever`. */
  readonly name: string;
  /** Actions as imperatives without a full stop. Every action of the world belongs to exactly one entity. */
  readonly actions: PersonaPhrases;
}

/** World of one domain: its questions, and all phrases of answers to them. */
export interface DomainWorld {
  /** Questions with `{entity}` in place of the entity. */
  readonly questionTemplates: readonly string[];
  readonly entities: readonly Entity[];
  /** Reasons as main clauses without a full stop. */
  readonly reasons: PersonaPhrases;
  /** Closing advice as imperatives without a full stop. */
  readonly closers: PersonaPhrases;
}
