/**
 * Ways in which a question asks for its answer: freely, by filling in a template, or as a JSON object. JSON output
 * alone doubles the misalignment that is measured (`docs/methods.md §6.11`), so variants are never mixed unasked.
 */
export const questionVariants = ["freeForm", "template", "json"] as const;
/** Variant of the questions of a file: as they stand, or with a format or a frame around them. */
export type QuestionVariant = (typeof questionVariants)[number];
