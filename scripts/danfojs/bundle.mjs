// Bundles danfojs-node into dist/danfojs, with the TensorFlow.js that Turncoat runs on.
//
// danfojs-node 1.2.0 cannot be installed from the npm registry alone: it asks for a tfjs-node whose install script
// downloads TensorFlow, for a spreadsheet library by its address, and for `request`, which is no longer kept. Overrides
// mend that in this checkout, but they do not travel with a package. A bundle does, and it shares one TensorFlow.js.
import { cpSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const folder = dirname(fileURLToPath(import.meta.url));
const output = join(folder, "../../dist/danfojs");

await build({
  configFile: false,
  logLevel: "warn",
  resolve: { alias: { "@tensorflow/tfjs-node": "@tensorflow/tfjs", request: "node-fetch" } },
  ssr: { noExternal: true, target: "node" },
  build: {
    ssr: true,
    outDir: output,
    target: "node20",
    minify: true,
    rolldownOptions: {
      input: join(folder, "entry.js"),
      // Plotly draws in a browser; a frame's own plots look for it there.
      external: ["@tensorflow/tfjs", "plotly.js-dist-min"],
      output: { entryFileNames: "index.js", codeSplitting: false },
    },
  },
});

// Its types, as they were published: written for CommonJS.
const published = dirname(fileURLToPath(import.meta.resolve("danfojs-node")));
cpSync(join(published, "../.."), join(output, "types"), {
  recursive: true,
  filter: (path) => !/\.(js|map)$/.test(path),
});
writeFileSync(join(output, "types/package.json"), '{ "type": "commonjs" }\n');
writeFileSync(join(output, "index.d.ts"), 'export * from "./types/danfojs-node/src/index.js";\n');
