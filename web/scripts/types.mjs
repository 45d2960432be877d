/**
 * `npm run types`: the server's OpenAPI document (`openapi.json`) as TypeScript, `src/api/schema.d.ts`.
 * With `--check` nothing is written: exit code 1 if the file is not what would be written.
 * `openapi.json` itself comes from `python -m server.openapi web/openapi.json`.
 */
import { readFile, writeFile } from "node:fs/promises";
import openapi from "openapi-typescript";

const source = new URL("../openapi.json", import.meta.url);
const target = new URL("../src/api/schema.d.ts", import.meta.url);

const made = await openapi(JSON.parse(await readFile(source, "utf8")));
const there = await readFile(target, "utf8").catch(() => "");

if (made !== there) {
  if (process.argv.includes("--check")) {
    console.error("src/api/schema.d.ts is not what openapi.json says; write it anew: npm run types");
    process.exit(1);
  }
  await writeFile(target, made);
}
