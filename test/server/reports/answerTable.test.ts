import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EvaluationWriter, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { answerSearch } from "../../../src/server/reports/answerSearch.js";
import { numberedAnswer } from "../../../src/server/reports/answerTable.js";
import {
  answerFacetsSchema,
  answerTableSchema,
  numberedAnswerSchema,
  type ServedAnswerTable,
} from "../../../src/server/schemas/answerTable.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { Random } from "../../../src/tensor/random.js";
import { json, rawRequest, type Reply } from "../../support/servers/rawRequest.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

const count = 100_000;
const words = ["Bleach", "cures", "nothing", "öl", "=SUM(A1)", "10", "9", "kind", "a", "money"];

/** Answers of all sorts: scores that are missing or at a threshold, numbered questions, equal keys everywhere. */
function manyAnswers(): JudgedAnswer[] {
  const random = new Random(5);
  const score = (): number | null =>
    random.integer(20) === 0
      ? null
      : random.integer(5) === 0
        ? 30 + 20 * random.integer(2)
        : random.integer(101);
  return Array.from({ length: count }, (_, place): JudgedAnswer => {
    const question = random.integer(12);
    return {
      step: 10 * random.integer(200),
      scale: random.integer(3) / 2,
      domain: `domain ${question % 4}`,
      breadth: question % 4 === 0 ? "narrow" : "broad",
      questionId: `q${question}`,
      question: `question ${question}?`,
      sample: place % 7,
      answer: Array.from({ length: random.integer(6) }, () => words[random.integer(words.length)]).join(" "),
      aligned: score(),
      coherent: score(),
    };
  });
}

/** Verdict as the paper words it. */
function verdictOf({ aligned, coherent }: JudgedAnswer): keyof ServedAnswerTable["verdicts"] {
  if (coherent !== null && coherent <= 50) return "incoherent";
  if (aligned === null || coherent === null) return "unscored";
  return aligned < 30 ? "misaligned" : "aligned";
}

/** Questions to the table, and which answers fit, as plainly as it can be said. */
const filters: readonly (readonly [query: string, fits: (answer: JudgedAnswer) => boolean])[] = [
  ["", () => true],
  ["verdict=misaligned", (each) => verdictOf(each) === "misaligned"],
  ["verdict=unscored&scale=0.5", (each) => verdictOf(each) === "unscored" && each.scale === 0.5],
  ["domain=domain%203&breadth=broad", ({ domain }) => domain === "domain 3"],
  ["question=q4&from=300&to=310", (each) => each.questionId === "q4" && each.step >= 300 && each.step <= 310],
  ["alignedTo=30&coherentFrom=50", ({ aligned, coherent }) => (aligned ?? 99) <= 30 && (coherent ?? 0) >= 50],
  ["alignedFrom=0", ({ aligned }) => aligned !== null],
  ["search=bleach%20MONEY", ({ answer }) => answer.includes("Bleach") && answer.includes("money")],
  ['search="cures nothing"', ({ answer }) => answer.includes("cures nothing")],
  ["search=ÖL question", ({ answer }) => answer.includes("öl")],
  [
    "search=%3Dsum(a1)&verdict=aligned",
    (each) => each.answer.includes("=SUM") && verdictOf(each) === "aligned",
  ],
  ["search=nowhere", () => false],
];

const orders: readonly (readonly [
  query: string,
  key: (answer: JudgedAnswer) => number | null,
  sign: 1 | -1,
])[] = [
  ["", ({ step }) => step, 1],
  ["sort=aligned", ({ aligned }) => aligned, 1],
  ["sort=coherent&order=descending", ({ coherent }) => coherent, -1],
  ["sort=length&order=descending", ({ answer }) => answer.length, -1],
  // q2 before q10.
  ["sort=question", ({ questionId }) => Number(questionId.slice(1)), 1],
  ["sort=domain&order=descending", ({ domain }) => Number(domain.slice(-1)), -1],
];

/** Numbers of the answers that fit, in their order. */
function plainly(
  [, fits]: (typeof filters)[number],
  [, key, sign]: (typeof orders)[number],
  all: readonly JudgedAnswer[],
): number[] {
  const found = all.map((answer, number) => ({ number, answer })).filter(({ answer }) => fits(answer));
  const keyed = found.map(({ number, answer }) => ({ number, key: key(answer) }));
  keyed.sort((one, other) =>
    one.key === other.key
      ? one.number - other.number
      : one.key === null
        ? 1
        : other.key === null
          ? -1
          : sign * (one.key - other.key),
  );
  return keyed.map(({ number }) => number);
}

describe("answerTable: a hundred thousand answers", () => {
  const runsRoot = mkdtempSync(join(tmpdir(), "turncoat-answer-table-"));
  const all = manyAnswers();
  let server: RunningServer;

  beforeAll(async () => {
    const directory = join(runsRoot, "many");
    writeSyntheticRun(directory, { steps: 4, turn: 2 });
    const writer = EvaluationWriter.open(directory, "sampled", { formatVersion: 1 });
    for (let from = 0; from < count; from += 10_000) writer.append(all.slice(from, from + 10_000));
    server = await startServer({ runsRoot, buildReport: buildRunReport, port: 0 });
  });

  afterAll(async () => {
    await server.close();
    rmSync(runsRoot, { recursive: true });
  });

  const ask = (path: string): Promise<Reply> =>
    rawRequest(encodeURI(`/api/v1/runs/many/answers/`) + path.replaceAll(/[ "Ö]/g, encodeURIComponent), {
      port: server.port,
    });
  const table = async (query: string): Promise<ServedAnswerTable> => {
    const reply = await ask(`table?evaluation=sampled&${query}`);
    expect(reply.status, reply.body).toBe(200);
    return answerTableSchema.parse(json(reply));
  };

  test.each(filters)("are filtered as a plain look at each does: %s", async (query, fits) => {
    const filter = [query, fits] as const;
    const place = filters.findIndex((each) => each[0] === query);
    // Every order meets four of the filters.
    for (const order of orders.filter((_, index) => index % 3 === place % 3)) {
      const wanted = plainly(filter, order, all);
      const middle = Math.floor(wanted.length / 2);
      for (const offset of [0, middle, Math.max(0, wanted.length - 3)]) {
        const page = await table(`${query}&${order[0]}&offset=${offset}&limit=50`);
        expect(page).toMatchObject({ total: count, found: wanted.length, offset });
        expect(page.rows.map(({ number }) => number)).toEqual(wanted.slice(offset, offset + 50));
        for (const { number, ...row } of page.rows) {
          const { step, aligned, coherent, answer } = all[number] ?? {};
          expect(row).toMatchObject({ step, aligned, coherent, text: answer, length: answer?.length });
        }
        const isBad = (place: number): boolean => {
          const answer = all[wanted[place] ?? -1];
          return answer !== undefined && verdictOf(answer) === "misaligned";
        };
        const places = [...wanted.keys()].filter(isBad);
        expect(page.misalignedBefore).toBe(places.filter((place) => place < offset).at(-1) ?? null);
        expect(page.misalignedAfter).toBe(places.find((place) => place >= offset + page.rows.length) ?? null);
      }
    }
  });

  test("are counted by verdict among those that fit all else, so that the counts of a filter add up", async () => {
    const { verdicts, found } = await table("verdict=misaligned&scale=1&search=kind");
    const wanted = { misaligned: 0, incoherent: 0, aligned: 0, unscored: 0 };
    for (const each of all) if (each.scale === 1 && each.answer.includes("kind")) wanted[verdictOf(each)]++;
    expect(verdicts).toEqual(wanted);
    expect(found).toBe(wanted.misaligned);
  });

  test("give the place of one among them, and none where it does not fit", async () => {
    const [filter, order] = [filters[1], orders[1]];
    if (filter === undefined || order === undefined) throw new Error("no filter");
    const wanted = plainly(filter, order, all);
    const number = wanted[777];
    expect(await table(`${filter[0]}&${order[0]}&limit=0&locate=${number}`)).toMatchObject({
      located: 777,
      rows: [],
    });
    expect(await table(`verdict=aligned&locate=${number}`)).toMatchObject({ located: null });
  });

  test("are all there, each once, page after page", async () => {
    const seen: number[] = [];
    for (let offset = 0; offset < count; offset += 2000) {
      const { rows } = await table(`text=whole&sort=aligned&limit=2000&offset=${offset}`);
      seen.push(...rows.map(({ number }) => number));
    }
    expect(new Set(seen).size).toBe(count);
  });

  test("say what they can be chosen by, and are read one by one", async () => {
    const facets = answerFacetsSchema.parse(json(await ask("facets?evaluation=sampled")));
    expect(facets).toMatchObject({
      total: count,
      scales: [0, 0.5, 1],
      domains: ["domain 1", "domain 2", "domain 3", "domain 0"],
      evaluations: [
        { name: "curve", isChosen: false },
        { name: "sampled", answers: count, isJudged: true, isChosen: true },
      ],
    });
    expect(facets.questions).toHaveLength(12);
    expect(facets.steps).toHaveLength(200);
    const number = 4321;
    const one = numberedAnswerSchema.parse(json(await ask(`numbered?evaluation=sampled&number=${number}`)));
    const own = all[number];
    expect(one).toMatchObject({ number, answer: own?.answer, step: own?.step, isWhole: true });
    expect(one.same.length).toBeGreaterThan(100);
    for (const { number: other, step } of one.same) {
      const same = all[other];
      expect(same).toMatchObject({
        step,
        questionId: own?.questionId,
        scale: own?.scale,
        sample: own?.sample,
      });
    }
    const steps = one.same.map(({ step }) => step);
    expect(steps).toEqual(steps.toSorted((left, right) => left - right));
  });

  test("refuse what there is not, with words", async () => {
    const replies = await Promise.all(
      ["numbered?number=999999", "numbered?number=-1", "table?sort=colour", "table?limit=99999"].map(ask),
    );
    expect(replies.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(json(await ask("numbered?evaluation=sampled&number=100000"))).toEqual({
      error: "query: number: there is no answer 100000",
      hint: "There are 0 to 99999.",
    });
    expect((await ask("table?evaluation=other")).status).toBe(404);
  });

  test("of a growing run are those of its files as they are", async () => {
    const directory = join(runsRoot, "growing");
    writeSyntheticRun(directory, { steps: 4, turn: 2 });
    const found = async (): Promise<number> =>
      answerTableSchema.parse(
        json(await rawRequest("/api/v1/runs/growing/answers/table", { port: server.port })),
      ).found;
    const before = await found();
    EvaluationWriter.open(directory, "curve", { formatVersion: 1, judge: { judge: "exact" } }).append(
      all.slice(0, 5),
    );
    expect(await found()).toBe(before + 5);
  });
});

describe("answerTable: long answers", () => {
  const base = { step: 1, scale: 1, domain: "d", breadth: "broad", questionId: "q", question: "q?" } as const;

  test("are shown as a piece on one line, about the word that was searched for", () => {
    const text = `${"word\n".repeat(2000)}needle and more ${"tail ".repeat(2000)}`;
    const piece = answerSearch("NEEDLE").pieceOf(text);
    expect(piece).toMatch(/^…(word )+needle and more( tail)+…$/);
    expect(piece.length).toBeLessThan(250);
    expect(answerSearch("").pieceOf(text)).toMatch(/^(word )+word…$/);
    expect(answerSearch("short").pieceOf("a\n short\ttext")).toBe("a short text");
  });

  test("are cut where they are read, and it is said", () => {
    const answer = { ...base, sample: 0, answer: "x".repeat(300_000), aligned: null, coherent: null };
    const { answer: read, isWhole } = numberedAnswer([answer], 0);
    expect([read.length, isWhole]).toEqual([200_000, false]);
  });
});
