/**
 * Which part of a turn is the seed, which the learning rate, which the order of the data? A study that crosses the three, such as
 * configs/findings.yaml, tabled with intervals over seeds, each effect within the same levels of the others. `--into` puts the
 * tables into a document; `--keep` and `--from` write and read the numbers without the runs.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as t from "turncoat";
import * as kit from "./runScript.js";

type Flags = kit.ScriptFlags & Partial<Readonly<Record<"from" | "keep" | "into", string>>>;

const script = "12-seeds-and-learning-rates";

/** Mean over seeds at every rate, one curve an order, with Student's interval. */
function ratesFigure(
  rows: readonly t.FactorRow[],
  quantity: string,
  of: (row: t.FactorRow) => number,
): t.Figure {
  const rates = [...new Set(rows.map(({ rate }) => rate))].sort((one, other) => one - other);
  const curves = [...new Set(rows.map(({ arm, order }) => `${arm}, order ${order}`))].map((name) => {
    const means = rates.map((rate) => {
      const own = rows.filter((row) => `${row.arm}, order ${row.order}` === name && row.rate === rate);
      return t.meanOverRuns(own.map(of).filter(Number.isFinite));
    });
    const [values, intervals] = [means.map(({ mean }) => mean), means.map(({ interval }) => interval)];
    return { name, steps: rates, values, intervals };
  });
  const shown = curves.filter(({ values }) => values.some(Number.isFinite));
  const caption = `${quantity}: means over seeds that have it, with Student's 95 % intervals for three or more.`;
  return t.curvesFigure({ title: quantity, quantity, along: "peak learning rate", curves: shown, caption });
}

export const command = kit
  .scriptCommand(script, "Tells effects of seeds, learning rates and orders of the data apart.", {
    ...{ name: "<study>", about: "study whose recipes set schedule.peak and dataSeed" },
    example: "configs/findings.yaml --from data/studies/findings.json",
  })
  .option("--from <file>", "numbers that were kept, in place of the runs")
  .option("--keep <file>", "write the numbers as JSON")
  .option("--into <file>", "Markdown document whose section of results is replaced")
  .action(async (path: string, flags: Flags) => {
    if (!/\.ya?ml$/.test(path)) {
      throw kit.cannotSay(path, "expected the file of a study", "configs/findings.yaml is one");
    }
    const study = t.readStudy(path);
    const results =
      flags.from === undefined
        ? t.factorResults(study, await t.studyResults(study))
        : t.readFactorResults(flags.from);
    const { rows, title } = results;
    if (rows.length === 0)
      throw kit.cannotSay(path, "no run of the study is finished", `turncoat study run ${path}`);
    if (flags.keep !== undefined) {
      const lines = rows.map((row) => JSON.stringify(row)).join(",\n");
      writeFileSync(flags.keep, `{"title":${JSON.stringify(title)},"rows":[\n${lines}\n]}\n`);
    }
    const tables = t.factorTables(results);
    if (flags.into !== undefined) {
      const document = readFileSync(flags.into, "utf8");
      writeFileSync(flags.into, t.withStudySection(document, t.tablesMarkdown(tables), flags.into));
    }
    await kit.showResult({
      ...{ script, directory: join(dirname(path), study.runs), flags, title },
      before: tables.slice(0, -1).map((table, index) => ({ ...table, name: String(index + 1) })),
      rows: tables.at(-1)?.rows ?? [],
      figures: [
        ratesFigure(rows, "step at which the direction turns", ({ direction }) => direction.step ?? NaN),
        ratesFigure(rows, "step at which behaviour turns", ({ behavior }) => behavior.step ?? NaN),
        ratesFigure(rows, "misaligned answers at the end (%)", ({ em }) => em?.percent ?? NaN),
        ratesFigure(rows, "disposition, change (%)", ({ disposition }) => disposition?.change ?? NaN),
      ],
    });
  });

await kit.runScript(import.meta.filename, command);
