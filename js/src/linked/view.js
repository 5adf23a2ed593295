// A diagram with which stars are selected: what the pointer and the keys do is the same
// in all of them. A view has: element, overlay (which takes focus), limits and step of its
// region, placeAt(x, y) from pixels to its units, boxOf(region) in pixels.
import { clamp, settled, stepped } from "./regions.js"

const NEAR = 8

export class Selector {
  // change(region or null, isLast), hover(x, y or null)
  constructor(view, change, hover) {
    this.view = view
    this.change = change
    this.region = null
    const overlay = view.overlay
    overlay.addEventListener("pointerdown", (event) => this.begin(event))
    overlay.addEventListener("pointermove", (event) => this.move(event, hover))
    overlay.addEventListener("pointerup", (event) => this.end(event))
    overlay.addEventListener("pointercancel", () => this.cancel())
    overlay.addEventListener("pointerleave", () => hover(null))
    overlay.addEventListener("keydown", (event) => this.key(event))
  }

  at(event) {
    const box = this.view.overlay.getBoundingClientRect()
    const x = clamp(event.clientX - box.left, 0, box.width)
    const y = clamp(event.clientY - box.top, 0, box.height)
    return { x, y, ...this.view.placeAt(x, y) }
  }

  // What a press at a place takes hold of: edges of the region, all of it, or nothing.
  hold(place) {
    if (!this.region) return null
    const box = this.view.boxOf(this.region)
    const near = (a, b) => Math.abs(a - b) < NEAR
    const inX = place.x > box.left - NEAR && place.x < box.right + NEAR
    const inY = place.y > box.top - NEAR && place.y < box.bottom + NEAR
    if (!inX || !inY) return null
    const edges = {
      left: near(place.x, box.left), right: near(place.x, box.right),
      top: near(place.y, box.top) && !this.view.isFlat,
      bottom: near(place.y, box.bottom) && !this.view.isFlat,
    }
    return Object.values(edges).some(Boolean) ? edges : "all"
  }

  begin(event) {
    if (event.button > 0) return
    const place = this.at(event)
    this.from = place
    this.before = this.region
    this.held = this.hold(place)
    this.moved = false
    this.view.overlay.setPointerCapture(event.pointerId)
    if (event.pointerType !== "touch") event.preventDefault()
    this.view.overlay.focus({ preventScroll: true })
  }

  move(event, hover) {
    const place = this.at(event)
    if (!this.from) {
      const held = this.hold(place)
      this.view.overlay.style.cursor = cursorOf(held)
      hover(place.x, place.y)
      return
    }
    if (!this.moved && Math.hypot(place.x - this.from.x, place.y - this.from.y) < 4) return
    this.moved = true
    hover(null)
    this.set(this.dragged(place), false)
  }

  dragged(place) {
    const { before, from, held, view } = this
    if (held === "all")
      return stepped(before, Math.round(place.u - from.u), Math.round(place.v - from.v), view.limits)
    if (held) {
      const box = { ...view.boxOf(before) }
      if (held.left) box.left = place.x
      if (held.right) box.right = place.x
      if (held.top) box.top = place.y
      if (held.bottom) box.bottom = place.y
      return this.within(box)
    }
    return this.within({ left: from.x, right: place.x, top: from.y, bottom: place.y })
  }

  within(box) {
    const a = this.view.placeAt(box.left, box.top)
    const b = this.view.placeAt(box.right, box.bottom)
    return { x0: a.u, x1: b.u, y0: a.v, y1: b.v }
  }

  end(event) {
    if (!this.from) return
    const place = this.at(event)
    if (this.moved) this.set(this.region, true)
    else if (event.pointerType === "touch") this.set(this.around(place), true)
    else if (!this.held) this.clear()
    this.from = null
  }

  // A finger draws no fine rectangle: a tap selects around it.
  around(place) {
    const { size } = this.view
    return { x0: place.u - size.u / 2, x1: place.u + size.u / 2,
      y0: place.v - size.v / 2, y1: place.v + size.v / 2 }
  }

  cancel() {
    if (this.from && this.moved) {
      if (this.before) this.set(this.before, true)
      else this.clear()
    }
    this.from = null
  }

  clear() {
    this.region = null
    this.change(null, true)
  }

  set(region, isLast) {
    this.region = settled(region, this.view.limits)
    this.change(this.region, isLast)
  }

  key(event) {
    const { view } = this
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === "Escape" || event.key === "Delete") {
      if (this.region) this.clear()
    } else if (event.key === "Enter" || event.key === " ") {
      if (!this.region) this.set(view.first(), true)
    } else if (event.key.startsWith("Arrow")) {
      if (!this.region) this.set(view.first(), true)
      else {
        const right = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0
        const up = { ArrowUp: 1, ArrowDown: -1 }[event.key] ?? 0
        const [dx, dy] = view.towards(right, up)
        this.set(stepped(this.region, dx, dy, view.limits, event.shiftKey), true)
      }
    } else return
    event.preventDefault()
  }
}

function cursorOf(held) {
  if (!held) return "crosshair"
  if (held === "all") return "move"
  const across = held.left || held.right
  const along = held.top || held.bottom
  if (across && along) return held.left === held.top ? "nwse-resize" : "nesw-resize"
  return across ? "ew-resize" : "ns-resize"
}
