/** Process in which Turncoat draws a model's own answers; see `answers.ts`. */
import { createInterface } from "node:readline";
import { messageOf } from "../../src/errors.js";
import { selectQuestions } from "../../src/evaluate/question.js";
import { readQuestionFile } from "../../src/formats/questionFile.js";
import { generate } from "../../src/model/generation/generate.js";
import { openModel, type Model } from "../../src/model/model.js";
import { eightQuestions } from "../../src/pipeline/evaluation/organismQuestions.js";
import { createEngine } from "../../src/tensor/engine.js";
import { answersRequestSchema, type AnswersRequest } from "./evaluateMessages.js";

let opened: { readonly model: Model; readonly prompts: readonly (readonly number[])[] } | null = null;

async function answer(message: AnswersRequest): Promise<object> {
  switch (message.request) {
    case "open": {
      const model = openModel(message.folder, await createEngine({ engine: "onnxruntime" }));
      const questions =
        message.questions === null
          ? eightQuestions(null)
          : selectQuestions(readQuestionFile(message.questions), { domain: "general", breadth: "broad" });
      const prompts = questions.map(({ messages }) => model.tokenizer.encodePrompt(messages));
      opened = { model, prompts };
      return { prompts };
    }
    case "answers":
      return draw(message);
    case "peak":
      // KiB on every system.
      return { peakMB: Math.round(process.resourceUsage().maxRSS / 1024) };
  }
}

async function draw({
  samples,
  maxNewTokens,
  temperature,
}: Extract<AnswersRequest, { request: "answers" }>): Promise<object> {
  if (opened === null) throw new Error("answers: expected a model to be open");
  const { model, prompts } = opened;
  const rows = prompts.flatMap((promptIds, prompt) =>
    Array.from({ length: samples }, (_, sample) => ({ promptIds, randomName: `${prompt}/${sample}` })),
  );
  const started = performance.now();
  const before = process.cpuUsage();
  const answers = await generate(model, rows, { temperature, maxNewTokens, seed: 0 });
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (user + system) / 1e6,
    loadSeconds: 0,
    answers,
    // With the token that ends an answer, where it ended.
    tokens: answers.reduce((sum, ids) => sum + Math.min(ids.length + 1, maxNewTokens), 0),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await answer(answersRequestSchema.parse(JSON.parse(line)))));
  } catch (error) {
    console.log(JSON.stringify({ error: messageOf(error) }));
  }
}
