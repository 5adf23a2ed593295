// The box of a diagram: heading, canvas, axes and what takes the pointer and the keys.
import { select } from "d3-selection"

export function makeFrame(parent, { name, title, label, help }) {
  const box = select(parent).append("div").attr("class", `view view-${name}`)
  const head = box.append("div").attr("class", "view-head")
  head.append("h3").text(title)
  const legend = head.append("div").attr("class", "view-legend").attr("aria-hidden", "true")
  const plot = box.append("div").attr("class", "view-plot")
  const canvas = plot.append("canvas").attr("aria-hidden", "true")
  const svg = plot.append("svg").attr("aria-hidden", "true").attr("focusable", "false")
  const overlay = plot.append("div").attr("class", "view-overlay").attr("tabindex", 0)
    .attr("role", "application").attr("aria-label", label)
    .attr("aria-roledescription", "diagram to select in").attr("aria-describedby", help)
  const note = box.append("p").attr("class", "view-note")
  return { box, head, legend, plot, canvas: canvas.node(), svg, overlay: overlay.node(), note }
}

// Where the drawing lies in its plot; in pixels.
export function place(frame, { left, top, width, height, total }) {
  frame.plot.style("height", `${total}px`)
  for (const node of [frame.canvas, frame.overlay]) {
    node.style.left = `${left}px`
    node.style.top = `${top}px`
  }
  frame.overlay.style.width = `${width}px`
  frame.overlay.style.height = `${height}px`
}
