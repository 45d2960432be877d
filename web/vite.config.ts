import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** KaTeX' fonts come in three formats; every browser that this editor runs in reads the smallest. */
const oneFontFormat: Plugin = {
  name: "one-font-format",
  enforce: "pre",
  transform: (code, id) =>
    /katex.*\.css/.test(id) ? code.replaceAll(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\([^)]*\)/g, "") : null,
};

/** Built into the Python package; `LOOM_SERVER` is where the development server finds the API. */
export default defineConfig({
  plugins: [react(), oneFontFormat],
  build: {
    outDir: "../server/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000, // what counts is the packed size of the first load: scripts/size.mjs has its limit
  },
  server: {
    proxy: { "/api": { target: process.env.LOOM_SERVER ?? "http://127.0.0.1:8765", ws: true } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
