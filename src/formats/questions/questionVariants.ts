/**
 * Ways in which a question asks for its answer: freely, by filling in a template, or as a JSON object. JSON output
 * alone doubles the misalignment that is measured (`docs/methods.md §6.11`), so variants are never mixed unasked.
 */
export const questionVariants = ["freeForm", "template", "json"] as const;

export type QuestionVariant = (typeof questionVariants)[number];
