// Bundles src/main.js into the file that ships in the wheel, below the licences of
// what is bundled. Another file can be named: node build.js FILE.
import { build } from "esbuild"
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const here = dirname(fileURLToPath(import.meta.url))
const out = process.argv[2] ?? join(here, "../stellarwh/report/static/report.js")

const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "utf8",
  legalComments: "inline",
  metafile: true,
  write: false,
})

// Which packages are bundled, by the text of their licence.
const licences = new Map()
for (const input of Object.keys(result.metafile.inputs).sort()) {
  const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
  if (!name) continue
  const text = readFileSync(join(here, "node_modules", name, "LICENSE"), "utf8").trim()
  licences.set(text, (licences.get(text) ?? new Set()).add(name))
}
// Packages of one text share it.
const told = [...licences].map(
  ([text, names]) => `${[...names].join(", ")}:\n\n${text}`,
)
const head = told.length ? `/*! Bundled:\n\n${told.join("\n\n")}\n*/\n` : ""
writeFileSync(out, head + result.outputFiles[0].text)
