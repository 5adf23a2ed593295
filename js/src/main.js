// What stands in every page of a report. Each widget begins at the elements of its
// selector; without this script the page is whole, and shows and tells the same.
import { copyable, copyApart } from "./copied.js"
import { figure } from "./figure.js"
import { startGraph } from "./graph.js"
import { startLinked } from "./linked.js"
import { sortTable } from "./table.js"
import { tabs } from "./tabs.js"
import { startTheme } from "./theme.js"

const began = performance.now()
const WIDGETS = [
  ["[data-figure]", figure],
  ["table[data-sortable]", sortTable],
  ["[data-copies]", copyApart],
  ["[data-tabs]", tabs],
  ["main pre", copyable],
  ["[data-linked]", startLinked],
  ["[data-graph]", startGraph],
]

// One widget that fails must not stop the others.
async function begin([selector, start]) {
  for (const element of document.querySelectorAll(selector)) {
    try {
      await start(element)
    } catch (error) {
      console.error(selector, error)
    }
  }
}

async function beginAll() {
  const from = performance.now()
  startTheme()
  await Promise.all(WIDGETS.map(begin))
  const now = performance.now()
  window.stellarwh = { readyMs: now - from, sinceStartMs: now - began }
  document.body.dataset.ready = "1"
}

if (document.readyState === "loading")
  document.addEventListener("DOMContentLoaded", beginAll)
else beginAll()
