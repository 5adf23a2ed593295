// Tables that sort at their headings, are searched where they are long, and show their
// first rows where they are very long.
import { button } from "./save.js"

const SEARCHED = 15
const order = new Intl.Collator("en", { numeric: true }).compare

// A number as pages write it: 12,345; −0.12 ± 0.01; < 0.1 %; +5; 3.2 MB. A date is none.
const NUMBER = /^[<>≈+\s]*(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)(?:\s*(B|kB|MB|GB|TB)$|$|[\s%°″±])/i
const BYTES = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 }

function number(text) {
  const found = NUMBER.exec(text.replaceAll(",", "").replaceAll("\u2212", "-").trim())
  return found ? Number(found[1]) * (BYTES[found[2]?.toLowerCase()] ?? 1) : NaN
}

const isMissing = (text) => text === "" || text === "–" || text === "-"

function keys(rows, column) {
  const texts = rows.map(({ cells }) => {
    const cell = cells[column]
    return cell ? (cell.dataset.value ?? cell.textContent.trim()) : ""
  })
  const numbers = texts.map(number)
  const filled = texts.filter((text) => !isMissing(text)).length
  const isNumeric = filled > 0 && numbers.filter((n) => !Number.isNaN(n)).length === filled
  return texts.map((text, i) => (isMissing(text) ? null : isNumeric ? numbers[i] : text))
}

export function sortTable(table) {
  const body = table.tBodies[0]
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])]
  const all = [...(body?.rows ?? [])]
  // A cell over several rows ties them together: they stay as they are.
  if (all.length < 2 || table.querySelector("tbody [rowspan], tbody [colspan]")) return
  let shown = Number(table.dataset.shown) || Infinity
  let wanted = ""
  let sorted = all

  const said = document.createElement("p")
  said.className = "told"
  said.setAttribute("role", "status")
  const more = button("", "", () => {
    shown = Infinity
    show()
  })
  more.className = "more-rows"
  const around = table.closest(".table") ?? table
  if (all.length > shown) around.after(more)
  around.after(said)

  function show() {
    const found = sorted.filter((row) => !wanted || row.textContent.toLowerCase().includes(wanted))
    const seen = new Set(found.slice(0, shown))
    for (const row of all) row.classList.toggle("beyond", !seen.has(row))
    more.hidden = found.length <= shown
    more.textContent = `Show all ${found.length.toLocaleString("en")} rows`
    if (wanted) said.textContent = `${found.length} of ${all.length} rows`
  }

  if (all.length > SEARCHED) {
    const field = document.createElement("input")
    field.type = "search"
    field.placeholder = "Search"
    field.className = "search"
    field.setAttribute("aria-label", "Search the rows of this table")
    field.addEventListener("input", () => {
      wanted = field.value.trim().toLowerCase()
      show()
    })
    around.before(field)
  }

  heads.forEach((head, column) => {
    if (head.colSpan > 1) return
    const sorts = button("", "", () => {
      const up = head.getAttribute("aria-sort") === "ascending"
      for (const other of heads) other.removeAttribute("aria-sort")
      head.setAttribute("aria-sort", up ? "descending" : "ascending")
      const by = keys(all, column)
      const sign = up ? -1 : 1
      sorted = all
        .map((row, i) => [row, by[i], i])
        .sort(([, a, i], [, b, j]) => {
          if (a === null || b === null) return (a === null) - (b === null) || i - j
          const differs = typeof a === "number" ? a - b : order(a, b)
          return sign * differs || i - j
        })
        .map(([row]) => row)
      body.append(...sorted)
      show()
    })
    sorts.className = "sorts"
    sorts.append(...head.childNodes)
    head.append(sorts)
  })
  show()
}
