// What the colours mean: a bar from one star to the most of a cell, logarithmic.
import { told } from "./numbers.js"
import { shade } from "./paint.js"

export function drawLegend(node, most) {
  const stops = Array.from({ length: 9 }, (_, i) => shade(i / 8)).join(", ")
  const bar = document.createElement("span")
  bar.className = "ramp"
  bar.style.background = `linear-gradient(to right, ${stops})`
  node.replaceChildren("1", bar, `${told(most)} stars a cell, log scale`)
}
