// A figure that answers: values under the pointer or the arrow keys, a closer look at
// planes, and its rows and its drawing to take along.
import { Panel, lines } from "./panel.js"
import { Rows } from "./rows.js"
import { unpack } from "./packed.js"
import { button, csv, save } from "./save.js"
import { picture } from "./picture.js"
import { Zoom } from "./zoom.js"
import { hideTip, showTip } from "./tip.js"

const SVG = "http://www.w3.org/2000/svg"
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

export function figure(element) {
  const svg = element.querySelector("svg")
  const plot = element.querySelector(".plot")
  const tools = element.querySelector(".tools")
  const data = element.querySelector('script[type="application/json"]')
  if (!svg || !tools) return
  const name = element.id.replace(/^figure-/, "")
  tools.append(
    button("SVG", "Save the drawing as SVG", () =>
      save(`${name}.svg`, "image/svg+xml", picture(svg)),
    ),
  )
  if (!data) return

  let opened = null
  const open = () => (opened ??= read(data))
  tools.append(
    button("CSV", "Save the rows as CSV", async () => {
      const { tables } = await open()
      tables.forEach((rows, i) =>
        save(
          `${name}${i ? `-${i + 1}` : ""}.csv`,
          "text/csv",
          csv(rows.columns.map((column) => column.name), rows.list()),
        ),
      )
    }),
  )

  const over = document.createElementNS(SVG, "g")
  over.setAttribute("class", "added over")
  svg.append(over)
  const said = document.createElement("p")
  said.className = "told"
  said.setAttribute("role", "status")
  element.append(said)
  plot.tabIndex = 0
  plot.setAttribute("role", "application")
  plot.setAttribute("aria-label", "Values of this figure: arrow keys walk them")

  let zoom = null
  let shown = null
  let begun = null
  // Nothing is unpacked before somebody asks for it.
  const ready = () =>
    (begun ??= open().then(({ panels }) => {
      zoom = new Zoom(svg, panels)
      return panels
    }))

  function clear() {
    over.replaceChildren()
    hideTip()
    shown = null
  }

  function show(mark, panel, aloud) {
    shown = { mark, panel }
    const told = lines(mark)
    over.replaceChildren(outline(zoom.placed(panel, mark)))
    const box = over.getBoundingClientRect()
    showTip(told, box)
    if (aloud) said.textContent = told.map(([name, value]) => `${name}: ${value}`).join("; ")
  }

  function outline({ x0, y0, x1, y1, kind }) {
    const shape = document.createElementNS(SVG, kind === "point" ? "circle" : "rect")
    const set = (values) => {
      for (const [key, value] of Object.entries(values)) shape.setAttribute(key, value)
    }
    if (kind === "point") set({ cx: x0, cy: y0, r: 6 })
    else set({ x: x0 - 1, y: y0 - 1, width: x1 - x0 + 2, height: y1 - y0 + 2 })
    return shape
  }

  function place(event) {
    const at = new DOMPoint(event.clientX, event.clientY)
    const { x, y } = at.matrixTransform(svg.getScreenCTM().inverse())
    return [x, y]
  }

  async function point(event) {
    if (zoom?.drags) return
    const panels = await ready()
    const [x, y] = place(event)
    const panel = panels.find((own) => own.holds(x, y))
    const mark = panel && panel.at(...zoom.back(panel, x, y), zoom.closer(panel))
    if (mark) show(mark, panel, event.pointerType !== "mouse")
    else clear()
  }

  plot.addEventListener("pointermove", point)
  plot.addEventListener("pointerdown", point)
  plot.addEventListener("pointerleave", clear)
  plot.addEventListener("blur", clear)

  async function walk(event) {
    if (event.key === "Escape") return clear()
    const isMove = event.key in ARROWS || ["Home", "End"].includes(event.key)
    if (!isMove || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const panels = await ready()
    const next = step(panels, shown, event.key)
    if (next) show(next.mark, next.panel, true)
  }
  plot.addEventListener("keydown", walk)

  if ("zooms" in element.dataset) {
    const change = (how) => async () => {
      await ready()
      zoom.by(how)
      clear()
    }
    const [more, less, all] = [change(2), change(0.5), change(0)]
    tools.append(
      button("+", "Look closer", more),
      button("−", "Look from farther away", less),
      button("Reset", "Show all of the figure", all),
    )
    plot.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const act = { "+": more, "=": more, "-": less, 0: all }[event.key]
      if (act) act()
    })
    plot.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return
        event.preventDefault()
        const at = place(event)
        const how = event.deltaY < 0 ? 1.25 : 0.8
        ready().then(() => {
          zoom.by(how, at)
          clear()
        })
      },
      { passive: false },
    )
    plot.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button) return
      ready().then(() => zoom.begin(place(event), over, clear))
    })
    addEventListener("pointermove", (event) => zoom?.drags && zoom.go(place(event)))
    addEventListener("pointerup", (event) => zoom?.drags && zoom.end(place(event)))
  }
}

async function read(data) {
  const told = await unpack(JSON.parse(data.textContent).packed)
  const tables = told.tables.map((table) => new Rows(table))
  const panels = told.panels.map((panel, number) => Object.assign(new Panel(panel, tables), { number }))
  return { tables, panels }
}

// The next mark in the direction of a key: cells by their place, others one by one.
function step(panels, shown, key) {
  const all = panels.flatMap((panel) => panel.marks.map((mark) => ({ mark, panel })))
  if (!all.length) return null
  if (key === "Home") return all[0]
  if (key === "End") return all[all.length - 1]
  if (!shown) return all[0]
  const { mark, panel } = shown
  const [dx, dy] = ARROWS[key]
  if (mark.kind === "cell") {
    let best = null
    let least = Infinity
    for (const other of panel.marks) {
      if (other.kind !== "cell" || other === mark) continue
      const right = (other.x0 - mark.x0) * dx + (other.y0 - mark.y0) * dy
      const aside = Math.abs((other.x0 - mark.x0) * dy) + Math.abs((other.y0 - mark.y0) * dx)
      if (right > 0.01 && right + 4 * aside < least) [best, least] = [other, right + 4 * aside]
    }
    if (best) return { mark: best, panel }
  }
  const place = all.findIndex((one) => one.mark === mark)
  return all[Math.min(all.length - 1, Math.max(0, place + dx + dy))]
}
