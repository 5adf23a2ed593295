// The whole sky, in HEALPix cells as they are.
import { line } from "d3-shape"
import { FRAMES } from "./frames.js"
import { makeFrame, place } from "./frame.js"
import { cellOf, middleOf } from "./healpix.js"
import { drawLegend } from "./legend.js"
import { EDGE_X, EDGE_Y, project, unproject, unprojectRow } from "./mollweide.js"
import { told } from "./numbers.js"
import { Painter } from "./paint.js"
import { counted } from "./plane.js"
import { cellsCondition } from "./sql.js"

// Regions of the sky are in thousandths of the projection's unit.
const UNIT = 1000
const RADIANS = Math.PI / 180

export class SkyView {
  constructor(parent, { order, help, note }) {
    this.name = "sky"
    this.order = order
    this.cells = 12 * 4 ** order
    this.frame = makeFrame(parent, { name: "sky", title: "Sky", label: "The sky", help })
    this.frame.note.text(note)
    this.overlay = this.frame.overlay
    this.painter = new Painter(this.frame.canvas)
    this.limits = {
      x: [-Math.floor(EDGE_X * UNIT), Math.ceil(EDGE_X * UNIT)],
      y: [-Math.floor(EDGE_Y * UNIT), Math.ceil(EDGE_Y * UNIT)],
    }
    this.size = { u: 700, v: 700 }
    this.marks = this.frame.svg.append("g")
    this.system = "galactic"
    this.middles = Array.from({ length: this.cells }, (_, cell) => middleOf(order, cell))
  }

  setSystem(system) {
    this.system = system
    this.overlay.setAttribute("aria-label", `The sky, ${FRAMES[system].name} coordinates`)
    if (this.width) this.fill()
  }

  resize(width, total) {
    const scale = Math.min(width / (2 * EDGE_X), (total - 4) / (2 * EDGE_Y))
    Object.assign(this, { scale, width: 2 * EDGE_X * scale, height: 2 * EDGE_Y * scale, total, full: width })
    this.left = Math.round((width - this.width) / 2)
    this.top = Math.round((total - this.height) / 2)
    place(this.frame, { left: this.left, top: this.top, width: this.width, height: this.height, total })
    this.fill()
  }

  fill() {
    const system = FRAMES[this.system]
    this.places = this.middles.map(([z, longitude]) => {
      const [sine, turned] = system.fromSky(z, longitude)
      return project(sine, turned - system.centre).map((v) => v * UNIT)
    })
    this.painter.resize(this.width, this.height, this.cells, (cells, w, h) => {
      const unit = w / (2 * EDGE_X)
      cells.fill(-1)
      for (let j = 0; j < h; j++) {
        const row = unprojectRow(EDGE_Y - (j + 0.5) / unit)
        if (!row) continue
        for (let i = 0; i < w; i++) {
          const along = ((i + 0.5) / unit - EDGE_X) * row[1]
          if (along > Math.PI || along < -Math.PI) continue
          const [z, longitude] = system.toSky(row[0], along + system.centre)
          cells[j * w + i] = cellOf(this.order, z, longitude)
        }
      }
    })
    this.drawGraticule()
  }

  toPixels([x, y]) {
    return [this.left + (x + EDGE_X) * this.scale, this.top + (EDGE_Y - y) * this.scale]
  }

  drawGraticule() {
    const g = this.marks
    const system = FRAMES[this.system]
    g.selectAll("*").remove()
    this.frame.svg.attr("width", this.full).attr("height", this.total)
    const [cx, cy] = this.toPixels([0, 0])
    g.append("ellipse").attr("class", "view-edge").attr("cx", cx).attr("cy", cy)
      .attr("rx", EDGE_X * this.scale).attr("ry", EDGE_Y * this.scale)
    const draw = line()
    const path = (points, kind) =>
      g.append("path").attr("class", kind).attr("d", draw(points.map((p) => this.toPixels(p))))
    for (let l = -150; l <= 150; l += 30)
      path(Array.from({ length: 61 }, (_, i) =>
        project(Math.sin((i - 30) * 3 * RADIANS), l * RADIANS)), "view-graticule")
    for (const b of [-60, -30, 0, 30, 60])
      path([-179.99, 179.99].map((l) => project(Math.sin(b * RADIANS), l * RADIANS)), "view-graticule")
    const text = (x, y, words) =>
      g.append("text").attr("class", "view-mark").attr("x", x).attr("y", y).text(words)
    for (const l of [-120, -60, 60, 120]) {
      const [x, y] = this.toPixels(project(0, l * RADIANS))
      const degrees = (((Math.round(system.centre / RADIANS) + l) % 360) + 360) % 360
      text(x, y - 3, `${degrees}°`).attr("text-anchor", "middle")
    }
    for (const b of [-60, -30, 30, 60]) {
      const [x, y] = this.toPixels(project(Math.sin(b * RADIANS), 179.99 * RADIANS))
      text(x - 4, y + 3, `${b > 0 ? "+" : "−"}${Math.abs(b)}°`).attr("text-anchor", "end")
    }
    if (this.system === "equatorial") {
      const plane = Array.from({ length: 361 }, (_, i) => {
        const [z, longitude] = FRAMES.galactic.toSky(0, i * RADIANS)
        return project(z, longitude - system.centre)
      }).sort((a, b) => a[0] - b[0])
      path(plane, "view-plane")
    }
  }

  draw(counts, all, chosen) {
    this.counts = counts
    this.all = all
    drawLegend(this.frame.legend.node(), this.painter.paint(counts, all, chosen))
  }

  placeAt(px, py) {
    return { u: (px / this.scale - EDGE_X) * UNIT, v: (EDGE_Y - py / this.scale) * UNIT }
  }

  boxOf({ x0, x1, y0, y1 }) {
    const px = (u) => (u / UNIT + EDGE_X) * this.scale
    const py = (v) => (EDGE_Y - v / UNIT) * this.scale
    return { left: px(x0), right: px(x1), top: py(y1), bottom: py(y0) }
  }

  // A key moves by about one cell.
  towards(right, up) {
    const step = Math.round((Math.sqrt((4 * Math.PI) / this.cells) * UNIT))
    return [right * step, up * step]
  }

  first() {
    const [u, v] = this.places[this.counts.indexOf(Math.max(...this.counts))]
    return { x0: u - this.size.u / 2, x1: u + this.size.u / 2, y0: v - this.size.v / 2, y1: v + this.size.v / 2 }
  }

  // Cells whose middle lies in the rectangle.
  cellsOf({ x0, x1, y0, y1 }) {
    return Uint8Array.from(this.places, ([u, v]) => (u >= x0 && u < x1 && v >= y0 && v < y1 ? 1 : 0))
  }

  words(region) {
    const n = this.cellsOf(region).reduce((a, b) => a + b, 0)
    const area = (41252.96 * n) / this.cells
    const [a, b] = FRAMES[this.system].symbols
    const middle = unproject((region.x0 + region.x1) / 2 / UNIT, (region.y0 + region.y1) / 2 / UNIT)
    const where = middle ? ` around ${a} ${this.degrees(middle[1] + FRAMES[this.system].centre)}, ${b} ${Math.round(Math.asin(middle[0]) / RADIANS).toString().replace("-", "−")}°` : ""
    return `${told(n)} cells of the sky${where}, ${told(Math.round(area))} square degrees`
  }

  degrees(longitude) {
    return `${Math.round((((longitude / RADIANS) % 360) + 360) % 360)}°`
  }

  conditions(region) {
    const cells = []
    this.cellsOf(region).forEach((is, cell) => is && cells.push(cell))
    return [cellsCondition(this.order, cells)]
  }

  write({ x0, x1, y0, y1 }) {
    return [x0, x1, y0, y1].map(String)
  }

  read(texts) {
    const [x0, x1, y0, y1] = texts.map(Number)
    return { x0, x1, y0, y1 }
  }

  hover(px, py) {
    const cell = this.painter.cellAt(px, py)
    if (cell < 0 || !this.all[cell]) return null
    const system = FRAMES[this.system]
    const [z, longitude] = system.fromSky(...this.middles[cell])
    const latitude = (Math.asin(z) / RADIANS).toFixed(1).replace("-", "−")
    const lon = ((((longitude / RADIANS) % 360) + 360) % 360).toFixed(1)
    return [`${system.symbols[0]} ${lon}°, ${system.symbols[1]} ${latitude}°`,
      `cell ${told(cell)} of order ${this.order}`, counted(this.counts[cell], this.all[cell])]
  }
}
