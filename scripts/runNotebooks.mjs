// Executes every notebook in notebooks/ from its first cell to its last, and fails where one fails, or where its outputs
// are not what may be stored: a figure without a picture beside its HTML, an address of this machine, or too much. The
// results go to a temporary folder; with --keep they replace the notebooks, with their outputs.
//
// Needs `jupyter` (nbconvert) on the path and the built package. The kernel, tslab, is installed into notebooks/
// where it is missing, with a link to this package, so that notebooks import "turncoat" as they would elsewhere. It is
// no dependency of the package, because it brings a TypeScript of its own as `tsc`.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "notebooks");
const kernel = join(folder, "node_modules", "tslab", "bin", "tslab");
const link = join(folder, "node_modules", "turncoat", "package.json");
/** Most bytes of a stored notebook; Plotly takes 0.7 million of them. */
const mostBytes = 3e6;
const keeps = process.argv.includes("--keep");

if (spawnSync("jupyter", ["nbconvert", "--version"], { stdio: "ignore" }).status !== 0) {
  console.log("NOTEBOOKS NOT RUN: there is no jupyter nbconvert on the path");
  process.exit(0);
}
if (!existsSync(join(root, "dist", "index.js"))) {
  console.error("error: the package is not built\nhint: npm run build");
  process.exit(1);
}
if (![kernel, link].every((path) => existsSync(path))) {
  console.log("installing the kernel: npm ci --prefix notebooks");
  // On Windows npm is a batch file, which needs a shell.
  const installed = spawnSync("npm", ["ci", "--prefix", folder], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (installed.status !== 0) process.exit(1);
}

const temporary = mkdtempSync(join(tmpdir(), "turncoat-notebooks-"));
try {
  process.exitCode = (await runAll()) ? 0 : 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

async function runAll() {
  registerKernel();
  const names = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
  // Two at a time: where there are two cores, neither waits long for the other.
  const limit = pLimit(2);
  const good = await Promise.all(names.map((name) => limit(() => succeeds(name))));
  const failed = names.filter((_, index) => good[index] === false);
  console.log(
    failed.length === 0
      ? `${names.length} of ${names.length} notebooks ran`
      : `${failed.length} of ${names.length} notebooks failed: ${failed.join(", ")}`,
  );
  return failed.length === 0 && names.length > 0;
}

/** In a folder of its own, so that no kernel of the user's is touched, and with this Node. */
function registerKernel() {
  const specification = join(temporary, "kernels", "tslab");
  mkdirSync(specification, { recursive: true });
  writeFileSync(
    join(specification, "kernel.json"),
    JSON.stringify({
      argv: [process.execPath, kernel, "kernel", "--config-path", "{connection_file}"],
      display_name: "TypeScript",
      language: "typescript",
    }),
  );
}

async function succeeds(name) {
  const started = performance.now();
  const child = spawn(
    "jupyter",
    [
      "nbconvert",
      "--to=notebook",
      "--execute",
      "--ExecutePreprocessor.kernel_name=tslab",
      // Without times, a notebook that is run again differs only where its results do.
      "--ExecutePreprocessor.record_timing=False",
      `--output-dir=${keeps ? folder : temporary}`,
      join(folder, name),
    ],
    {
      stdio: "inherit",
      env: {
        ...process.env,
        JUPYTER_PATH: [temporary, process.env.JUPYTER_PATH].filter(Boolean).join(delimiter),
      },
    },
  );
  const [status] = await once(child, "close");
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const faults = status === 0 ? storedFaults(join(keeps ? folder : temporary, name)) : [];
  for (const fault of faults) console.error(`error: ${name}: ${fault}`);
  const isGood = status === 0 && faults.length === 0;
  console.log(`${name}: ${isGood ? "ran" : "failed"} (${seconds} s)`);
  return isGood;
}

/** What of a notebook's outputs must not be stored, one sentence each. */
function storedFaults(path) {
  const text = readFileSync(path, "utf8");
  const outputs = JSON.parse(text).cells.flatMap(({ outputs = [] }) => outputs);
  const figures = outputs.filter(({ data = {} }) => String(data["text/html"] ?? "").includes("<iframe"));
  // The output that holds Plotly has a frame and no figure.
  const bare = figures.filter(({ data }) => data["image/svg+xml"] === undefined).slice(1);
  const words = JSON.stringify(
    outputs.map(({ text: printed, data, ename, evalue }) => [printed, ename, evalue, data?.["text/plain"]]),
  );
  const places = [root, homedir(), tmpdir()].filter(
    (place) => place.length > 1 && words.includes(place.replace(/[\\/]$/, "")),
  );
  return [
    ...(bare.length === 0 ? [] : [`${bare.length} figures are stored without a picture`]),
    ...places.map((place) => `an output names ${place}`),
    ...(text.length <= mostBytes ? [] : [`it takes ${text.length} bytes, more than ${mostBytes}`]),
  ];
}
