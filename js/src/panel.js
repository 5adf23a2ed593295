// One pair of axes of a figure: where its marks stand, and what they tell. Places are in
// units of the drawing, as they were drawn, however closely the reader looks.
import { fromAxis } from "./core.js"
import { unproject } from "./hammer.js"
import { written } from "./rows.js"

const NEAR = 14

function between(low, high, label, unit) {
  const digits = Math.max(0, Math.ceil(-Math.log10(Math.abs(high - low)) + 0.5))
  const ends = [Math.min(low, high), Math.max(low, high)]
  const name = label.replace(/ \[[^\]]*\]$/, "")
  const [, in_] = / \[([^\]]*)\]$/.exec(label) ?? [null, unit ?? ""]
  return [name || "value", `${ends.map((end) => written(end, digits)).join(" to ")}${in_ ? ` ${in_}` : ""}`]
}

export class Panel {
  constructor(told, tables) {
    Object.assign(this, told)
    this.marks = []
    for (const own of told.marks) this.add(own, tables[own.table])
    this.zooms = told.marks.some((own) => own.zooms)
    this.core = told.marks.find((own) => own.core)?.core
  }

  add(own, rows) {
    let row = 0
    const places = own.rows?.map((step) => (row += step)) ?? Array.from({ length: rows.length }, (_, i) => i)
    const [x0, y0, x1, y1] = this.box
    if (own.cells) {
      const [xLow, xHigh, nx, yLow, yHigh, ny] = own.cells
      const across = (v) => x0 + ((v - this.x.domain[0]) / (this.x.domain[1] - this.x.domain[0])) * (x1 - x0)
      const down = (v) => y1 - ((v - this.y.domain[0]) / (this.y.domain[1] - this.y.domain[0])) * (y1 - y0)
      const [wx, wy] = [(xHigh - xLow) / nx, (yHigh - yLow) / ny]
      for (const row of places) {
        const [i, j] = own.places.map((column) => rows.value(column, row))
        const at = [xLow + i * wx, xLow + (i + 1) * wx, yLow + j * wy, yLow + (j + 1) * wy]
        const [a, b] = [across(at[0]), across(at[1])].sort((p, q) => p - q)
        const [c, d] = [down(at[2]), down(at[3])].sort((p, q) => p - q)
        this.marks.push({ own, rows, row, at, x0: a, x1: b, y0: c, y1: d, kind: "cell" })
      }
      return
    }
    places.forEach((row, i) => {
      const [x, y] = [own.x[i], own.y[i]]
      if (x === null || y === null) return
      if (own.to_x) {
        const [a, b] = [x, own.to_x[i]].sort((p, q) => p - q)
        const [c, d] = [y, own.to_y[i]].sort((p, q) => p - q)
        this.marks.push({ own, rows, row, x0: a, x1: b, y0: c, y1: d, kind: "bar" })
      } else this.marks.push({ own, rows, row, x0: x, x1: x, y0: y, y1: y, kind: "point" })
    })
  }

  holds(x, y) {
    const [x0, y0, x1, y1] = this.box
    return x >= x0 - 2 && x <= x1 + 2 && y >= y0 - 2 && y <= y1 + 2
  }

  // The point nearest by, else the cell or bar under the pointer.
  at(x, y, closer = 1) {
    let found = null
    let best = NEAR / closer
    let under = null
    for (const mark of this.marks) {
      if (mark.kind === "point") {
        const away = Math.hypot(mark.x0 - x, mark.y0 - y)
        if (away < best) [found, best] = [mark, away]
      } else if (x >= mark.x0 && x <= mark.x1) {
        // A bar is found anywhere above and below it, however short it is.
        const inside = y >= mark.y0 && y <= mark.y1
        if (inside || (mark.kind === "bar" && !under && mark.y1 - mark.y0 < 4)) under = mark
      } else if (mark.kind === "bar" && y >= mark.y0 && y <= mark.y1 && mark.x1 - mark.x0 < 4)
        under ??= mark
    }
    return found ?? under
  }
}

// Lines of [name, value] of a mark.
export function lines(mark) {
  const { own, rows, row } = mark
  const told = []
  if (own.cells) {
    const [a, b, c, d] = mark.at
    if (own.projection === "hammer") {
      const place = unproject((a + b) / 2, (c + d) / 2)
      if (place)
        told.push(["RA, Dec", `${written(place[0], 1)}°, ${written(place[1], 1)}°`])
    } else {
      told.push(between(a, b, own.labels[0]))
      told.push(between(fromAxis(c, own.core), fromAxis(d, own.core), own.labels[1]))
    }
  }
  for (const [column, words] of own.shown) {
    const value = rows.told(column, row)
    if (value === null || value === undefined || value === "") continue
    const { label, unit } = rows.columns[column]
    const name = words || label
    const says = typeof rows.value(column, row) === "number" && unit && !name.includes("[")
    told.push([name, says ? `${value} ${printed(unit)}` : String(value)])
  }
  return told
}

const PRINTED = { "km.s-1": "km/s", arcsec: "″", deg: "°", "log(cm.s**-2)": "dex", Angstrom: "Å" }
const printed = (unit) => PRINTED[unit] ?? unit
