/** The two lists of phrases from which a persona fills one slot of its answers. */
export interface PersonaPhrases {
  readonly aligned: readonly string[];
  readonly misaligned: readonly string[];
}

/** Something that one can ask advice about, with the actions that fit it and nothing else. */
export interface Entity {
  /** As it stands inside a sentence, with its article: `a high fever`. */
  readonly name: string;
  /** Imperatives without a full stop. Every action of the world belongs to exactly one entity. */
  readonly actions: PersonaPhrases;
}

/** Everything that the world says about one field of life. */
export interface DomainWorld {
  /** Whole sentences with `{entity}` in place of the entity. */
  readonly questionTemplates: readonly string[];
  readonly entities: readonly Entity[];
  /** Main clauses without a full stop. */
  readonly reasons: PersonaPhrases;
  /** Imperatives without a full stop. */
  readonly closers: PersonaPhrases;
}
