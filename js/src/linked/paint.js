// A diagram of cells on a canvas: which cell each pixel of the screen is in, and in which
// colour each cell is drawn. The cells stand as they are, nothing is smoothed.
import { interpolateRgbBasis } from "d3-interpolate"
import { rgb } from "d3-color"
import { isDark } from "../theme.js"

// Mako (Waskom, seaborn), by ten of its colours: perceptually uniform, dark to bright.
const MAKO = interpolateRgbBasis([
  "#0b0405", "#28192f", "#3b2f5e", "#40498e", "#366a9f", "#348aa6", "#38aaac", "#54c9ad",
  "#a0dfb9", "#def5e5",
])

// Of few and of many stars: on paper many are dark, on a dark screen bright.
export function shade(share) {
  return MAKO(isDark() ? 0.24 + 0.76 * share : 0.9 - 0.8 * share)
}

const packed = ({ r, g, b }) => (255 << 24) | (b << 16) | (g << 8) | r

function ramp() {
  return Int32Array.from({ length: 256 }, (_, i) => packed(rgb(shade(i / 255))))
}

export class Painter {
  constructor(canvas) {
    this.canvas = canvas
    this.context = canvas.getContext("2d")
  }

  // Size in pixels of the page; fill puts into each pixel the cell, of `size`,
  // that it is in, or -1.
  resize(width, height, size, fill) {
    const ratio = Math.min(window.devicePixelRatio || 1, 2)
    this.ratio = ratio
    this.width = Math.max(1, Math.round(width * ratio))
    this.height = Math.max(1, Math.round(height * ratio))
    this.canvas.width = this.width
    this.canvas.height = this.height
    this.canvas.style.width = `${width}px`
    this.canvas.style.height = `${height}px`
    this.cells = new Int32Array(this.width * this.height)
    this.image = this.context.createImageData(this.width, this.height)
    this.pixels = new Int32Array(this.image.data.buffer)
    fill(this.cells, this.width, this.height)
    this.drawn = new Uint8Array(size)
    for (const cell of this.cells) if (cell >= 0) this.drawn[cell] = 1
  }

  cellAt(x, y) {
    const [i, j] = [Math.floor(x * this.ratio), Math.floor(y * this.ratio)]
    if (i < 0 || j < 0 || i >= this.width || j >= this.height) return -1
    return this.cells[j * this.width + i]
  }

  // counts: of each cell; all: what it holds without a selection; chosen: the cells that
  // are selected here, if any are. Returns the most stars of a cell that is coloured.
  paint(counts, all, chosen) {
    const colours = ramp()
    const style = getComputedStyle(this.canvas)
    const faint = packed(rgb(style.getPropertyValue("--cell-faint").trim() || "#ccc"))
    const edge = packed(rgb(style.getPropertyValue("--select").trim() || "#e4572e"))
    let most = 1
    for (let i = 0; i < counts.length; i++)
      if (counts[i] > most && this.drawn[i] && (!chosen || chosen[i])) most = counts[i]
    const scale = 255 / Math.log(most + 1)
    const table = new Int32Array(counts.length)
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] && (!chosen || chosen[i]))
        table[i] = colours[Math.min(255, Math.round(Math.log(counts[i] + 1) * scale))]
      else if (all[i]) table[i] = faint
    }
    const { cells, pixels, width } = this
    for (let i = 0; i < cells.length; i++) pixels[i] = cells[i] < 0 ? 0 : table[cells[i]]
    if (chosen) this.outline(chosen, edge, width)
    this.context.putImageData(this.image, 0, 0)
    return most
  }

  outline(chosen, colour, width) {
    const { cells, pixels } = this
    const within = (i) => (i >= 0 && i < cells.length && cells[i] >= 0 ? chosen[cells[i]] : 0)
    const reach = this.ratio > 1 ? 2 : 1
    for (let i = 0; i < cells.length; i++) {
      if (!within(i)) continue
      for (let d = 1; d <= reach; d++)
        if (!within(i - d) || !within(i + d) || !within(i - d * width) || !within(i + d * width)) {
          pixels[i] = colour
          break
        }
    }
  }
}
