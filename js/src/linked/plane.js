// A diagram of two quantities in cells, with a strip below for stars without the second
// one where it has one.
import { axisBottom, axisLeft } from "d3-axis"
import { scaleLinear } from "d3-scale"
import { makeFrame, place } from "./frame.js"
import { drawLegend } from "./legend.js"
import { bound, range, told, withUnit } from "./numbers.js"
import { Painter } from "./paint.js"

const MARGIN = { left: 46, right: 6, top: 6, bottom: 38 }
const STRIP = 12
const GAP = 4

export class PlaneView {
  // cellOf(i, j): the cell of a column and a row; strip: the row below, and what it says.
  constructor(parent, { name, title, x, y, size, cellOf, strip, help, note }) {
    Object.assign(this, { name, x, y, cells: size, cellOf, strip })
    const label = `${title}: ${withUnit(x)} and ${withUnit(y)}`
    this.frame = makeFrame(parent, { name, title, label, help })
    this.frame.note.text(note)
    this.overlay = this.frame.overlay
    this.painter = new Painter(this.frame.canvas)
    this.limits = { x: [0, x.n], y: [0, y.n] }
    this.size = { u: Math.max(1, Math.round(x.n / 6)), v: Math.max(1, Math.round(y.n / 6)) }
    this.axes = this.frame.svg.append("g")
  }

  resize(width, total) {
    const inner = width - MARGIN.left - MARGIN.right
    const below = this.strip ? STRIP + GAP : 0
    const height = total - MARGIN.top - MARGIN.bottom - below
    Object.assign(this, { width: inner, height })
    place(this.frame, { left: MARGIN.left, top: MARGIN.top, width: inner, height, total })
    this.painter.resize(inner, height + below, this.cells, (cells, w, h) => {
      const ratio = h / (height + below)
      const split = Math.round(height * ratio)
      const strip = Math.round((height + GAP) * ratio)
      const columns = Array.from({ length: w }, (_, i) => this.column((i + 0.5) / w))
      for (let j = 0; j < h; j++) {
        const row = j < split ? this.row((j + 0.5) / split) : -1
        for (let i = 0; i < w; i++)
          cells[j * w + i] = row >= 0 ? this.cellOf(columns[i], row)
            : j >= strip ? this.strip.cellOf(columns[i]) : -1
      }
    })
    this.frame.overlay.style.height = `${height + below}px`
    this.drawAxes(total)
  }

  column(share) {
    const i = Math.min(this.x.n - 1, Math.floor(share * this.x.n))
    return this.x.reversed ? this.x.n - 1 - i : i
  }

  row(share) {
    const j = Math.min(this.y.n - 1, Math.floor(share * this.y.n))
    return this.y.reversed ? j : this.y.n - 1 - j
  }

  drawAxes(total) {
    const { x, y, width, height, strip } = this
    const ends = (axis) => [0, axis.n].map((i) => Number(bound(axis, i)))
    const across = scaleLinear(x.reversed ? ends(x).reverse() : ends(x), [0, width])
    const along = scaleLinear(y.reversed ? ends(y) : ends(y).reverse(), [0, height])
    const bottom = MARGIN.top + height + (strip ? STRIP + GAP : 0)
    this.frame.svg.attr("width", MARGIN.left + width + MARGIN.right).attr("height", total)
    const g = this.axes
    g.selectAll("*").remove()
    g.append("rect").attr("class", "view-ground").attr("x", MARGIN.left).attr("y", MARGIN.top)
      .attr("width", width).attr("height", height)
    g.append("g").attr("transform", `translate(${MARGIN.left},${bottom + 0.5})`)
      .call(axisBottom(across).ticks(Math.max(3, width / 90)).tickSizeOuter(0).tickPadding(5))
    g.append("g").attr("transform", `translate(${MARGIN.left - 0.5},${MARGIN.top})`)
      .call(axisLeft(along).ticks(Math.max(3, height / 50)).tickSizeOuter(0).tickPadding(5))
    g.append("text").attr("class", "view-label").attr("text-anchor", "middle")
      .attr("x", MARGIN.left + width / 2).attr("y", bottom + 34).text(withUnit(x))
    g.append("text").attr("class", "view-label").attr("text-anchor", "middle")
      .attr("transform", `translate(11,${MARGIN.top + height / 2}) rotate(-90)`).text(withUnit(y))
    if (strip)
      g.append("text").attr("class", "view-strip").attr("text-anchor", "end")
        .attr("x", MARGIN.left - 6).attr("y", bottom - 2.5).text(strip.mark)
  }

  draw(counts, all, chosen) {
    this.counts = counts
    this.all = all
    drawLegend(this.frame.legend.node(), this.painter.paint(counts, all, chosen))
  }

  // Regions are in columns and rows as the axes count them, whichever way they are drawn.
  placeAt(px, py) {
    const u = (px / this.width) * this.x.n
    const v = (Math.min(py, this.height) / this.height) * this.y.n
    return { u: this.x.reversed ? this.x.n - u : u, v: this.y.reversed ? v : this.y.n - v }
  }

  boxOf({ x0, x1, y0, y1 }) {
    const { x, y, width, height } = this
    const px = (i) => ((x.reversed ? x.n - i : i) / x.n) * width
    const py = (j) => ((y.reversed ? j : y.n - j) / y.n) * height
    return { left: Math.min(px(x0), px(x1)), right: Math.max(px(x0), px(x1)),
      top: Math.min(py(y0), py(y1)), bottom: Math.max(py(y0), py(y1)) }
  }

  towards(right, up) {
    return [this.x.reversed ? -right : right, this.y.reversed ? -up : up]
  }

  // A region for the keys to begin with: around the fullest cell.
  first() {
    let [best, at] = [-1, { i: 0, j: 0 }]
    for (let i = 0; i < this.x.n; i++)
      for (let j = 0; j < this.y.n; j++)
        if (this.counts[this.cellOf(i, j)] > best) {
          best = this.counts[this.cellOf(i, j)]
          at = { i, j }
        }
    return { x0: at.i - this.size.u / 2, x1: at.i + this.size.u / 2,
      y0: at.j - this.size.v / 2, y1: at.j + this.size.v / 2 }
  }

  cellsOf({ x0, x1, y0, y1 }) {
    const chosen = new Uint8Array(this.cells)
    for (let i = x0; i < x1; i++) for (let j = y0; j < y1; j++) chosen[this.cellOf(i, j)] = 1
    return chosen
  }

  words({ x0, x1, y0, y1 }) {
    return `${range(this.x, x0, x1)}, ${range(this.y, y0, y1)}`
  }

  conditions({ x0, x1, y0, y1 }) {
    return [[this.x, x0, x1], [this.y, y0, y1]].map(([axis, from, to]) =>
      `parameters.${axis.name} >= ${bound(axis, from)} and parameters.${axis.name} < ${bound(axis, to)}`)
  }

  write({ x0, x1, y0, y1 }) {
    return [bound(this.x, x0), bound(this.x, x1), bound(this.y, y0), bound(this.y, y1)]
  }

  read(texts) {
    const index = (axis, text) => Math.round((Number(text) * axis.den) / axis.num) - axis.first
    const [x0, x1, y0, y1] = [0, 1, 2, 3].map((k) => index(k < 2 ? this.x : this.y, texts[k]))
    return { x0, x1, y0, y1 }
  }

  hover(px, py) {
    const cell = this.painter.cellAt(px, py)
    if (cell < 0 || !this.all[cell]) return null
    const i = this.column(px / this.width)
    const place = py > this.height ? this.strip.words
      : range(this.y, ...pair(this.row(Math.max(0, py) / this.height)))
    return [`${range(this.x, ...pair(i))}`, place, counted(this.counts[cell], this.all[cell])]
  }
}

export const pair = (i) => [i, i + 1]

export const counted = (n, all) =>
  n === all ? `${told(n)} ${n === 1 ? "star" : "stars"}` : `${told(n)} of ${told(all)} stars selected`
