// A closer look at the planes of a figure. What matplotlib drew within the axes is moved
// and stretched; the axes get ticks of their own.
import { axisBottom, axisLeft } from "d3-axis"
import { scaleLinear } from "d3-scale"
import { select } from "d3-selection"
import { fromAxis, toAxis, valuesBetween } from "./core.js"
import { written } from "./rows.js"

const SVG = "http://www.w3.org/2000/svg"
const MOST = 40
const WHOLE = { kx: 1, ky: 1, tx: 0, ty: 0 }

export class Zoom {
  constructor(svg, panels) {
    this.svg = svg
    this.panels = panels
    this.state = new Map(panels.map((panel) => [panel, WHOLE]))
    this.parts = new Map()
    this.drags = null
  }

  // Panels of the same axes go together: the density and the mean of a plane.
  alike(panel) {
    const key = (own) => JSON.stringify([own.x.domain, own.y.domain, own.box[2] - own.box[0]])
    return this.panels.filter((own) => own.zooms && key(own) === key(panel))
  }

  back(panel, x, y) {
    const { kx, ky, tx, ty } = this.state.get(panel)
    return [(x - tx) / kx, (y - ty) / ky]
  }

  closer(panel) {
    const { kx, ky } = this.state.get(panel)
    return Math.min(kx, ky)
  }

  placed(panel, { x0, y0, x1, y1, kind }) {
    const { kx, ky, tx, ty } = this.state.get(panel)
    return { x0: x0 * kx + tx, x1: x1 * kx + tx, y0: y0 * ky + ty, y1: y1 * ky + ty, kind }
  }

  // So many times closer, about a place or the middle; 0 shows all.
  by(times, at) {
    const chosen = at
      ? this.panels.filter((panel) => panel.zooms && panel.holds(...at)).slice(0, 1)
      : this.panels.filter((panel) => panel.zooms)
    const done = new Set()
    for (const panel of chosen) {
      if (done.has(panel)) continue
      const [x0, y0, x1, y1] = panel.box
      const [x, y] = at ?? [(x0 + x1) / 2, (y0 + y1) / 2]
      const { kx, ky, tx, ty } = this.state.get(panel)
      const [nx, ny] = times ? [kx * times, ky * times] : [1, 1]
      const next = times
        ? { kx: nx, ky: ny, tx: x - ((x - tx) / kx) * nx, ty: y - ((y - ty) / ky) * ny }
        : WHOLE
      for (const own of this.alike(panel)) {
        const [dx, dy] = [own.box[0] - x0, own.box[1] - y0]
        this.set(own, shifted(next, dx, dy))
        done.add(own)
      }
    }
  }

  begin(at, over, clear) {
    const panel = this.panels.find((own) => own.zooms && own.holds(...at))
    if (!panel) return
    const box = document.createElementNS(SVG, "rect")
    box.setAttribute("class", "chosen")
    this.drags = { panel, at, box, over, clear }
  }

  go([x, y]) {
    const { at, box, over, panel } = this.drags
    const [x0, y0, x1, y1] = panel.box
    const to = [Math.min(x1, Math.max(x0, x)), Math.min(y1, Math.max(y0, y))]
    this.drags.to = to
    if (Math.abs(to[0] - at[0]) < 4 && Math.abs(to[1] - at[1]) < 4) return
    box.setAttribute("x", Math.min(at[0], to[0]))
    box.setAttribute("y", Math.min(at[1], to[1]))
    box.setAttribute("width", Math.abs(at[0] - to[0]))
    box.setAttribute("height", Math.abs(at[1] - to[1]))
    over.replaceChildren(box)
  }

  end() {
    const { at, to, panel, clear } = this.drags
    this.drags = null
    if (!to || Math.abs(to[0] - at[0]) < 6 || Math.abs(to[1] - at[1]) < 6) return
    const [a, b] = [this.back(panel, ...at), this.back(panel, ...to)]
    const [x0, y0, x1, y1] = panel.box
    const next = {
      kx: Math.min(MOST, (x1 - x0) / Math.abs(a[0] - b[0])),
      ky: Math.min(MOST, (y1 - y0) / Math.abs(a[1] - b[1])),
    }
    next.tx = x0 - Math.min(a[0], b[0]) * next.kx
    next.ty = y0 - Math.min(a[1], b[1]) * next.ky
    for (const own of this.alike(panel))
      this.set(own, shifted(next, own.box[0] - x0, own.box[1] - y0))
    clear()
  }

  set(panel, wanted) {
    const [x0, y0, x1, y1] = panel.box
    const kx = Math.min(MOST, Math.max(1, wanted.kx))
    const ky = Math.min(MOST, Math.max(1, wanted.ky))
    // Nothing beyond the axes comes into view.
    const tx = Math.min(x0 - x0 * kx, Math.max(x1 - x1 * kx, wanted.tx))
    const ty = Math.min(y0 - y0 * ky, Math.max(y1 - y1 * ky, wanted.ty))
    this.state.set(panel, { kx, ky, tx, ty })
    this.draw(panel)
  }

  draw(panel) {
    const { kx, ky, tx, ty } = this.state.get(panel)
    const part = this.part(panel)
    if (!part) return
    const isWhole = kx === 1 && ky === 1
    part.moved.setAttribute("transform", `translate(${tx} ${ty}) scale(${kx} ${ky})`)
    for (const use of part.moved.querySelectorAll("use")) {
      const [x, y] = ["x", "y"].map((name) => Number(use.getAttribute(name) ?? 0))
      use.setAttribute(
        "transform",
        `translate(${x} ${y}) scale(${1 / kx} ${1 / ky}) translate(${-x} ${-y})`,
      )
    }
    part.ticks.replaceChildren()
    for (const own of part.replaced) own.style.visibility = isWhole ? "" : "hidden"
    if (isWhole) return
    const [x0, y0, x1, y1] = panel.box
    const x = scaleLinear(panel.x.domain, [x0 * kx + tx, x1 * kx + tx])
    const y = scaleLinear(panel.y.domain, [y1 * ky + ty, y0 * ky + ty])
    const seen = (scale, range) => scaleLinear(range.map(scale.invert), range)
    const ticks = select(part.ticks)
    ticks
      .append("g")
      .attr("transform", `translate(0 ${y1})`)
      .call(axisBottom(seen(x, [x0, x1])).ticks(5).tickSizeOuter(0))
    ticks
      .append("g")
      .attr("transform", `translate(${x0} 0)`)
      .call(this.upright(panel, seen(y, [y1, y0])))
  }

  upright({ core }, scale) {
    const axis = axisLeft(scale).ticks(6).tickSizeOuter(0)
    if (!core) return axis
    const values = valuesBetween(...scale.domain(), core, 6)
    const steps = values.slice(1).map((value, i) => value - values[i])
    const digits = Math.max(0, -Math.floor(Math.log10(Math.min(...steps))))
    return axis
      .tickValues(values.map((value) => toAxis(value, core)))
      .tickFormat((place) => written(fromAxis(place, core), digits))
  }

  // What of the drawing is moved with the data, and which ticks stand instead of ours.
  part(panel) {
    if (this.parts.has(panel)) return this.parts.get(panel)
    const [x0, y0, x1, y1] = panel.box
    const group = this.svg.querySelector(`[data-axes="${panel.axes}"]`)
    if (!group) return null
    const clip = document.createElementNS(SVG, "clipPath")
    clip.id = `${this.svg.closest("figure").id}-zoom-${panel.number}`
    const frame = document.createElementNS(SVG, "rect")
    for (const [key, value] of Object.entries({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 }))
      frame.setAttribute(key, value)
    clip.append(frame)
    const moved = document.createElementNS(SVG, "g")
    moved.setAttribute("class", "moved")
    const shell = document.createElementNS(SVG, "g")
    shell.setAttribute("clip-path", `url(#${clip.id})`)
    shell.append(moved)
    const ticks = document.createElementNS(SVG, "g")
    ticks.setAttribute("class", "ticks")
    const content = [...group.children].filter((child) => child.hasAttribute("clip-path"))
    // An axis is a group of ticks, their texts and lines of the grid; its label is last.
    const replaced = [...group.querySelectorAll("[data-axis]")].flatMap((axis, i) => {
      const parts = [...axis.children]
      return [panel.x, panel.y][i]?.label ? parts.slice(0, -1) : parts
    })
    const first = content[0]
    if (!first) return null
    first.before(shell)
    moved.append(...content)
    group.append(clip, ticks)
    const part = { moved, ticks, replaced }
    this.parts.set(panel, part)
    return part
  }
}

const shifted = ({ kx, ky, tx, ty }, dx, dy) => ({
  kx,
  ky,
  tx: tx + dx * (1 - kx),
  ty: ty + dy * (1 - ky),
})
