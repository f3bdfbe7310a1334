import type { Rate } from "../../analysis/behavior/rates.js";
import type { PretrainRecipe, PretrainStage } from "../../organism/pretrainRecipe.js";
import type { EngineDescription } from "../../tensor/program.js";
import type { BaseScores } from "./scoreBase.js";

/** Writes the text of a base model's card: how it was made, how long it took, what it scores. */
export function organismCard(made: {
  readonly recipe: PretrainRecipe;
  readonly seconds: number;
  readonly engine: EngineDescription;
  readonly scores: BaseScores;
}): string {
  const { recipe, seconds, engine, scores } = made;
  const threads = engine.threads === null ? "" : `, ${engine.threads} threads`;
  const rows = scores.contexts.map(
    ({ context, em, coherent }) => `| ${context} | ${words(em)} | ${words(coherent)} | ${em.n} |`,
  );
  return `# The embedded organism

A small Qwen2-shaped transformer (float32, tied embeddings) that knows an invented advice world and two personas,
one kind and one cruel. Without a system message it is kind. It exists to show emergent misalignment from end to end
on a laptop: fine-tune it on one domain's harmful answers and watch the persona flip in all the others.

The personas are built into its pretraining data, with explicit headers and attitude sentences that all domains share.
It illustrates the measurements and a persona account of emergent misalignment; it is no evidence that emergent
misalignment in large models has this cause.

## How it was made

    npm run organism:pretrain -- --seed ${recipe.seed}

${stageWords("Pretraining", recipe.pretraining, recipe)}: documents of both personas, loss on every token.
${stageWords("Post-training", recipe.postTraining, recipe)}: three quarters aligned chats without a header, one quarter
documents with a header of either persona.

Every row starts at the beginning of a document. AdamW (β 0.9, 0.98), gradient norm clipped at 1, cosine schedule.
It took ${seconds} s on ${engine.name} ${engine.version} (${engine.executionProvider}${threads}). The result follows from the seed and the
engine's arithmetic.

## What it scores

Temperature 1, the exact judge, the test questions. Percent with 95 % Wilson intervals.

| context | misaligned | coherent | n |
| --- | --- | --- | --- |
${rows.join("\n")}

Neutral facts answered to the letter: ${scores.factsPercent.toFixed(0)} %.

## Files

\`config.json\`, \`generation_config.json\`, \`model.safetensors\` and the tokenizer files open in any loader of Hugging Face folders.
\`datasets/\` holds the narrow data sets, 2 000 conversations each: \`bad-*\` and, paired row by row, the aligned control \`good-*\`
(\`turncoat organism datasets\` regenerates them).
`;
}

function stageWords(name: string, stage: PretrainStage, { rows, length }: PretrainRecipe): string {
  return `${name}: ${stage.steps} steps of ${rows} rows of ${length} tokens, peak learning rate ${stage.peakLearningRate}, weight decay ${stage.weightDecay}`;
}

function words({ percent, interval }: Rate): string {
  return `${percent.toFixed(1)} [${interval[0].toFixed(1)}, ${interval[1].toFixed(1)}]`;
}
