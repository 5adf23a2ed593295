// The query of a selection, complete: pasted into the shell it counts the same stars.
import { told } from "./numbers.js"

export const quoted = (text) => `'${text.replaceAll("'", "''")}'`

// Sorted cells as ranges and single ones.
function spans(cells) {
  const found = []
  for (const cell of cells) {
    const last = found.at(-1)
    if (last && last[1] === cell - 1) last[1] = cell
    else found.push([cell, cell])
  }
  return found
}

const lines = (items, by, indent) => {
  const rows = []
  for (let i = 0; i < items.length; i += by) rows.push(items.slice(i, i + by).join(", "))
  return rows.join(`,\n${indent}`)
}

export function cellsCondition(order, cells) {
  const name = `healpix_parent(29, stars.healpix, ${order})`
  const ranges = spans(cells)
  const single = ranges.filter(([a, b]) => b - a < 2)
    .flatMap(([a, b]) => (a === b ? [a] : [a, b]))
  const parts = ranges.filter(([a, b]) => b - a >= 2)
    .map(([a, b]) => `${name} between ${a} and ${b}`)
  if (single.length) parts.push(`${name} in (\n            ${lines(single, 12, "            ")}\n        )`)
  if (!parts.length) return "false"
  return parts.length === 1 ? parts[0] : `(\n        ${parts.join("\n        or ")}\n    )`
}

// words: what is selected, for a comment; conditions: on stars and parameters.
export function selectionSql({ words, count, source, conditions }) {
  const from = source
    ? `from main.stars as stars\nleft join ${source} as parameters on stars.star_id = parameters.star_id`
    : "from main.stars as stars"
  const where = conditions.length ? `\nwhere\n    ${conditions.join("\n    and ")}` : ""
  const comment = `${words}: ${told(count)} stars.`.replace(/[\r\n]+/g, " ")
  return `-- ${comment}\nselect count(*) as n\n${from}${where};\n`
}
