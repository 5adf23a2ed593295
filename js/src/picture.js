// The drawing of a figure as a file of its own, in the colours that the page shows.
const SVG = "http://www.w3.org/2000/svg"

export function picture(svg) {
  const copy = svg.cloneNode(true)
  for (const own of copy.querySelectorAll(".added")) own.remove()
  const style = getComputedStyle(document.documentElement)
  const [, , width, height] = svg.getAttribute("viewBox").split(" ")
  copy.setAttribute("xmlns", SVG)
  copy.setAttribute("width", `${width}pt`)
  copy.setAttribute("height", `${height}pt`)
  const ground = document.createElementNS(SVG, "rect")
  ground.setAttribute("width", "100%")
  ground.setAttribute("height", "100%")
  ground.setAttribute("fill", style.getPropertyValue("--page").trim())
  copy.prepend(ground)
  return new XMLSerializer()
    .serializeToString(copy)
    .replace(/var\((--[a-z0-9-]+)\)/g, (_, name) =>
      style.getPropertyValue(name).trim().replaceAll('"', "'"),
    )
}
