// Removes from node_modules what no part of Turncoat reads: the source maps of TensorFlow.js, and the binaries of ONNX
// Runtime for other systems. Both come with every `npm ci` again; together they are more than half of what it brings.
import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

/** Files and folders right inside a folder; none where it is a link, which is somebody else's, or not there. */
function inside(folder) {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

if (lstatSync(modules, { throwIfNoEntry: false })?.isDirectory()) {
  for (const each of inside(join(modules, "@tensorflow"))) {
    for (const path of inside(join(each, "dist"))) if (path.endsWith(".map")) rmSync(path);
  }
  for (const system of inside(join(modules, "onnxruntime-node/bin/napi-v6"))) {
    for (const path of inside(system)) {
      if (!path.endsWith(join(process.platform, process.arch))) rmSync(path, { recursive: true });
    }
  }
}
