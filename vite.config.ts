import { defineConfig } from "vite";

// The pages: relative addresses only, so that they work behind any path; no inline script, so that the content
// security policy can forbid them. Plotly is not bundled: the server hands out its published file.
export default defineConfig({
  root: "src/web",
  base: "./",
  publicDir: false,
  build: {
    outDir: "../../dist/web",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    // What is bundled is passed on with its licences.
    license: { fileName: "licenses.md" },
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": "http://127.0.0.1:7777", "/plotly.min.js": "http://127.0.0.1:7777" } },
});
