// How many stars have which value of one quantity; those that are selected in front.
import { axisBottom, axisLeft } from "d3-axis"
import { scaleLinear } from "d3-scale"
import { format } from "d3-format"
import { makeFrame, place } from "./frame.js"
import { bound, range, withUnit } from "./numbers.js"
import { counted, pair } from "./plane.js"

const MARGIN = { left: 46, right: 6, top: 6, bottom: 38 }

export class HistogramView {
  isFlat = true

  constructor(parent, { name, title, x, help, note }) {
    Object.assign(this, { name, x, cells: x.n })
    this.frame = makeFrame(parent, { name, title, label: `${title}: ${withUnit(x)}`, help })
    this.frame.note.text(note)
    this.overlay = this.frame.overlay
    this.limits = { x: [0, x.n], y: [0, 1] }
    this.size = { u: Math.max(1, Math.round(x.n / 8)), v: 1 }
    this.axes = this.frame.svg.append("g")
  }

  resize(width, total) {
    this.width = width - MARGIN.left - MARGIN.right
    this.height = total - MARGIN.top - MARGIN.bottom
    this.total = total
    place(this.frame, { left: MARGIN.left, top: MARGIN.top, width: this.width,
      height: this.height, total })
    const ratio = Math.min(window.devicePixelRatio || 1, 2)
    const canvas = this.frame.canvas
    this.ratio = ratio
    canvas.width = Math.round(this.width * ratio)
    canvas.height = Math.round(this.height * ratio)
    canvas.style.width = `${this.width}px`
    canvas.style.height = `${this.height}px`
    this.axisOf = 0
  }

  draw(counts, all, chosen) {
    const { x, width, height } = this
    this.counts = counts
    this.all = all
    const most = Math.max(1, ...all)
    const g = this.frame.canvas.getContext("2d")
    const style = getComputedStyle(this.frame.canvas)
    const colour = (name) => style.getPropertyValue(name).trim()
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    g.clearRect(0, 0, width, height)
    const edge = (i) => Math.round((i / x.n) * width * this.ratio) / this.ratio
    const bars = (of, fill) => {
      g.fillStyle = fill
      for (let i = 0; i < x.n; i++) {
        const h = (of(i) / (most * 1.04)) * height
        if (h) g.fillRect(edge(i), height - h, edge(i + 1) - edge(i) - 1 / this.ratio, h)
      }
    }
    bars((i) => all[i], colour("--cell-faint"))
    bars((i) => (!chosen || chosen[i] ? counts[i] : 0), colour("--accent"))
    if (chosen) {
      const from = chosen.indexOf(1)
      const to = chosen.lastIndexOf(1) + 1
      g.strokeStyle = colour("--select")
      g.lineWidth = 1.5
      g.strokeRect(edge(from) + 0.75, 0.75, edge(to) - edge(from) - 1.5, height - 1.5)
    }
    if (this.axisOf !== most) this.drawAxes(most)
    this.axisOf = most
  }

  drawAxes(most) {
    const { x, width, height } = this
    const bottom = MARGIN.top + height
    this.frame.svg.attr("width", MARGIN.left + width + MARGIN.right).attr("height", this.total)
    const g = this.axes
    g.selectAll("*").remove()
    const ends = [0, x.n].map((i) => Number(bound(x, i)))
    g.append("g").attr("transform", `translate(${MARGIN.left},${bottom + 0.5})`)
      .call(axisBottom(scaleLinear(ends, [0, width])).ticks(Math.max(3, width / 90)).tickSizeOuter(0).tickPadding(5))
    g.append("g").attr("transform", `translate(${MARGIN.left - 0.5},${MARGIN.top})`)
      .call(axisLeft(scaleLinear([most * 1.04, 0], [0, height])).ticks(4)
        .tickFormat(format(most < 1000 ? "d" : "~s")).tickSizeOuter(0).tickPadding(5))
    g.append("text").attr("class", "view-label").attr("text-anchor", "middle")
      .attr("x", MARGIN.left + width / 2).attr("y", bottom + 34).text(withUnit(x))
    g.append("text").attr("class", "view-label").attr("text-anchor", "middle")
      .attr("transform", `translate(11,${MARGIN.top + height / 2}) rotate(-90)`).text("Stars")
  }

  placeAt(px) {
    return { u: (px / this.width) * this.x.n, v: 0 }
  }

  boxOf({ x0, x1 }) {
    const at = (i) => (i / this.x.n) * this.width
    return { left: at(x0), right: at(x1), top: 0, bottom: this.height }
  }

  towards(right) {
    return [right, 0]
  }

  first() {
    const i = this.counts.indexOf(Math.max(...this.counts))
    return { x0: i - this.size.u / 2, x1: i + this.size.u / 2, y0: 0, y1: 1 }
  }

  cellsOf({ x0, x1 }) {
    return Uint8Array.from({ length: this.cells }, (_, i) => (i >= x0 && i < x1 ? 1 : 0))
  }

  words({ x0, x1 }) {
    return range(this.x, x0, x1)
  }

  conditions({ x0, x1 }) {
    const { x } = this
    return [`parameters.${x.name} >= ${bound(x, x0)} and parameters.${x.name} < ${bound(x, x1)}`]
  }

  write({ x0, x1 }) {
    return [bound(this.x, x0), bound(this.x, x1)]
  }

  read(texts) {
    const index = (text) => Math.round((Number(text) * this.x.den) / this.x.num) - this.x.first
    return { x0: index(texts[0]), x1: index(texts[1]), y0: 0, y1: 1 }
  }

  hover(px) {
    const i = Math.floor((px / this.width) * this.x.n)
    if (i < 0 || i >= this.x.n || !this.all[i]) return null
    return [range(this.x, ...pair(i)), counted(this.counts[i], this.all[i])]
  }
}
