// Linked diagrams of all stars: a region that is selected in one of them is answered by
// all others, with exact counts and the query that gives them.
import { FRAMES } from "./linked/frames.js"
import { countCells, readCube } from "./linked/counts.js"
import { HistogramView } from "./linked/histogram.js"
import { told } from "./linked/numbers.js"
import { PlaneView } from "./linked/plane.js"
import { SkyView } from "./linked/sky.js"
import { isWithin, settled } from "./linked/regions.js"
import { quoted, selectionSql } from "./linked/sql.js"
import { Selector } from "./linked/view.js"

let numbered = 0

export async function startLinked(root) {
  const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent)
  await new Linked(root, data).begin()
}

// Which views hold which side of which cube.
const CUBES = [
  ["sky_kiel", "sky", "kiel"],
  ["sky_chemistry", "sky", "chemistry"],
  ["kiel_chemistry", "kiel", "chemistry"],
]

class Linked {
  constructor(root, data) {
    Object.assign(this, { root, data, region: null, at: null, selectors: {}, cubes: {} })
    this.ticked = new Set(data.surveys.map((_, i) => i))
    this.help = `linked-help-${++numbered}`
    this.system = "galactic"
  }

  async begin() {
    this.build()
    await this.readCubes()
    this.readHash()
    this.root.querySelector("[data-fallback]")?.setAttribute("hidden", "")
    this.panel.hidden = false
    this.resize()
    this.update(true)
    let frame = 0
    const again = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => this.resize() && this.update(false))
    }
    new ResizeObserver(again).observe(this.views.sky.frame.plot.node())
    const redraw = () => this.update(false)
    document.addEventListener("themechange", redraw)
    window.addEventListener("hashchange", () => {
      if (location.hash.slice(1) === this.hash) return
      if (this.readHash()) this.update(true)
    })
  }

  // Sizes of the sides of cubes; the last cell of a diagram is of stars that have none.
  sizes() {
    const { order, axes } = this.data
    const of = (x, y) => (axes[x]?.n ?? 0) * ((axes[y]?.n ?? 0) + (y === "alpha_fe" ? 2 : 0)) + 1
    return { sky: 12 * 4 ** order, kiel: of("teff", "logg"), chemistry: of("fe_h", "alpha_fe") }
  }

  async readCubes() {
    const { cubes } = this.data
    const size = this.sizes()
    if (cubes.sky) this.cubes.sky = [await readCube(cubes.sky, size.sky, 1), "sky", "none"]
    await Promise.all(CUBES.filter(([name]) => cubes[name]).map(async ([name, a, b]) => {
      this.cubes[name] = [await readCube(cubes[name], size[a], size[b]), a, b]
    }))
  }

  build() {
    const { data } = this
    const panel = document.createElement("div")
    panel.className = "linked-panel"
    panel.hidden = true
    this.panel = panel
    panel.append(this.buildHead())
    const grid = document.createElement("div")
    grid.className = "linked-views"
    panel.append(grid)
    this.root.append(panel)
    const help = document.createElement("p")
    help.id = this.help
    help.className = "linked-help"
    help.textContent = "Drag over a diagram to select stars, drag the selection to move it, its edges to change it; a click beside it or Escape clears it. With keys: Enter begins, arrows move, Shift with arrows changes the size."
    panel.append(help, this.buildSql())
    const common = { help: this.help }
    this.views = { sky: new SkyView(grid, { order: data.order, note: data.notes.sky, ...common }) }
    this.buildSystems()
    if (data.source) this.buildPlanes(grid, common)
    for (const view of Object.values(this.views))
      this.selectors[view.name] = new Selector(
        view,
        (region, isLast) => this.select(view.name, region, isLast),
        (x, y) => this.hover(view, x, y),
      )
    this.tip = document.createElement("div")
    this.tip.className = "linked-tip"
    this.tip.hidden = true
    this.tip.setAttribute("aria-hidden", "true")
    panel.append(this.tip)
  }

  buildPlanes(grid, common) {
    const { axes, notes } = this.data
    const { teff, logg, fe_h: feH, alpha_fe: alphaFe } = axes
    const size = this.sizes()
    const rows = alphaFe.n + 2
    this.views.kiel = new PlaneView(grid, {
      name: "kiel", title: "Kiel diagram", x: teff, y: logg, size: size.kiel,
      cellOf: (i, j) => j * teff.n + i, note: notes.kiel, ...common,
    })
    this.views.chemistry = new PlaneView(grid, {
      name: "chemistry", title: "[α/Fe] and [Fe/H]", x: feH, y: alphaFe, size: size.chemistry,
      cellOf: (i, j) => i * rows + j, note: notes.chemistry, ...common,
      strip: { cellOf: (i) => i * rows + alphaFe.n + 1, words: "no [α/Fe]", mark: "none" },
    })
    this.views.metallicity = new HistogramView(grid, {
      name: "metallicity", title: "Metallicity", x: feH, note: notes.metallicity, ...common,
    })
  }

  buildHead() {
    const head = document.createElement("div")
    head.className = "linked-head"
    head.innerHTML = '<p class="linked-count"><strong></strong> <span></span></p><div class="linked-tools"><button type="button" class="clear">Clear</button><button type="button" class="link">Copy link</button></div>'
    this.number = head.querySelector("strong")
    this.of = head.querySelector("span")
    this.clearButton = head.querySelector(".clear")
    this.clearButton.addEventListener("click", () => this.select(this.at, null, true))
    const link = head.querySelector(".link")
    link.addEventListener("click", () => copy(location.href, link, "Copy link"))
    const live = document.createElement("p")
    live.className = "visually-hidden"
    live.setAttribute("role", "status")
    this.live = live
    head.append(this.buildSurveys(), live)
    return head
  }

  buildSurveys() {
    const { surveys, sets, perSet } = this.data
    const field = document.createElement("fieldset")
    field.className = "linked-surveys"
    const legend = document.createElement("legend")
    legend.textContent = "Stars seen by any of"
    field.append(legend)
    surveys.forEach((name, i) => {
      const label = document.createElement("label")
      const box = document.createElement("input")
      box.type = "checkbox"
      box.checked = true
      box.addEventListener("change", () => {
        if (box.checked) this.ticked.add(i)
        else this.ticked.delete(i)
        this.update(true)
      })
      const n = sets.reduce((sum, set, k) => sum + (set.includes(i) ? perSet[k] : 0), 0)
      const words = document.createElement("bdi")
      words.textContent = this.data.names[i]
      const number = document.createElement("span")
      number.textContent = told(n)
      label.append(box, words, number)
      field.append(label)
    })
    this.boxes = field.querySelectorAll("input")
    field.hidden = surveys.length < 2
    return field
  }

  buildSystems() {
    const group = document.createElement("div")
    group.className = "switch"
    group.setAttribute("role", "group")
    group.setAttribute("aria-label", "Coordinates of the sky")
    for (const [key, { name }] of Object.entries(FRAMES)) {
      const button = document.createElement("button")
      button.type = "button"
      button.textContent = name
      button.dataset.system = key
      button.addEventListener("click", () => this.turn(key))
      group.append(button)
    }
    this.systems = group.querySelectorAll("button")
    this.views.sky.frame.head.node().insertBefore(group, this.views.sky.frame.legend.node())
    this.turn(this.system)
  }

  // A region of the sky is one of the map: in other coordinates it is none.
  turn(system) {
    this.system = system
    for (const button of this.systems)
      button.setAttribute("aria-pressed", String(button.dataset.system === system))
    this.views.sky.setSystem(system)
    if (!this.counts) return
    if (this.at === "sky" && this.region) this.select("sky", null, true)
    else this.update(true)
  }

  buildSql() {
    const box = document.createElement("details")
    box.className = "linked-sql"
    box.innerHTML = '<summary>SQL of the selection</summary><div class="sql-box"><button type="button">Copy</button><pre tabindex="0" aria-label="SQL of the selection"><code></code></pre></div>'
    this.sqlBox = box
    this.code = box.querySelector("code")
    const button = box.querySelector("button")
    button.addEventListener("click", () => copy(this.code.textContent, button, "Copy"))
    return box
  }

  resize() {
    let changed = false
    for (const view of Object.values(this.views)) {
      const width = Math.floor(view.frame.plot.node().getBoundingClientRect().width)
      if (!width || width === view.sizedTo) continue
      view.sizedTo = width
      changed = true
      const isSky = view.name === "sky"
      const height = isSky ? Math.min(340, width / 2 + 8) : Math.min(350, Math.max(230, width / 1.5))
      view.resize(width, Math.round(height))
    }
    return changed
  }

  select(name, region, isLast) {
    this.region = region
    this.at = region ? name : null
    for (const [other, selector] of Object.entries(this.selectors))
      selector.region = other === this.at ? region : null
    this.isLast = isLast || this.isLast
    if (this.waiting) return
    this.waiting = true
    requestAnimationFrame(() => {
      this.waiting = false
      const last = this.isLast
      this.isLast = false
      this.update(last)
    })
  }

  // Counts and draws everything anew; tells it where the reader is done.
  update(isLast) {
    const began = performance.now()
    const { data, views, at, region } = this
    const ticked = data.sets.map((set) => set.some((i) => this.ticked.has(i)))
    const own = at && region ? views[at].cellsOf(region) : null
    const { sky, kiel, chemistry } = this.counted(ticked, at, own)
    this.counts = { sky, kiel, chemistry }
    let n = 0
    if (own) {
      const all = at === "metallicity" ? histogramOf(chemistry.all, data) : this.counts[at].all
      for (let i = 0; i < own.length; i++) if (own[i]) n += all[i]
    } else ticked.forEach((is, k) => (n += is ? data.perSet[k] : 0))
    this.n = n
    for (const view of Object.values(views)) {
      const isHistogram = view.name === "metallicity"
      const { counts, all } = this.counts[isHistogram ? "chemistry" : view.name]
      view.draw(
        isHistogram ? histogramOf(counts, data) : counts,
        isHistogram ? histogramOf(all, data) : all,
        view.name === at ? own : null,
      )
    }
    this.tellCount()
    this.updateMs = performance.now() - began
    this.root.dataset.count = n
    this.root.dataset.ms = this.updateMs.toFixed(1)
    if (isLast) this.tellAll()
  }

  // Of each side: all stars of ticked surveys, and those that are selected elsewhere.
  counted(ticked, at, own) {
    const size = this.sizes()
    const side = at === "metallicity" ? "chemistry" : at
    const key = ticked.join()
    if (this.allOf !== key) {
      this.allOf = key
      this.all = {}
      for (const [cube, first, second] of Object.values(this.cubes)) {
        this.all[first] ??= countCells(cube, "first", size[first], ticked)
        this.all[second] ??= countCells(cube, "second", size[second] ?? 1, ticked)
      }
    }
    const chosen = at === "metallicity" ? chemistryOf(own, this.data) : own
    const answers = {}
    for (const [cube, first, second] of Object.values(this.cubes)) {
      if (side === first) answers[second] = countCells(cube, "second", size[second], ticked, chosen)
      if (side === second) answers[first] = countCells(cube, "first", size[first], ticked, chosen)
    }
    const found = {}
    for (const name of Object.keys(this.all))
      found[name] = { all: this.all[name], counts: answers[name] ?? this.all[name] }
    // The diagram that the histogram is a margin of shows what lies below its bars, and
    // the histogram what is selected in that.
    if (chosen && side === "chemistry") {
      const counts = this.all.chemistry.map((count, cell) => (chosen[cell] ? count : 0))
      found.chemistry = { all: this.all.chemistry, counts }
    }
    return found
  }

  tellCount() {
    const { data, n } = this
    this.number.textContent = told(n)
    const isAll = !this.region && this.ticked.size === data.surveys.length
    this.of.textContent = isAll
      ? "stars"
      : `of ${told(data.n)} stars${this.region ? ` · ${this.words()}` : ""}`
    this.clearButton.disabled = !this.region
  }

  words() {
    return this.region ? this.views[this.at].words(this.region) : "All stars"
  }

  sql() {
    const { data, at, region } = this
    const conditions = region ? [...this.views[at].conditions(region)] : []
    let words = this.words()
    if (this.ticked.size < data.surveys.length) {
      const names = [...this.ticked].sort((a, b) => a - b).map((i) => data.surveys[i])
      conditions.push(
        names.length ? `list_has_any(stars.surveys, [${names.map(quoted).join(", ")}])` : "false",
      )
      words += names.length ? ", seen by any of the surveys named" : ", of no survey"
    }
    return selectionSql({ words, count: this.n, source: at && at !== "sky" ? data.source : "", conditions })
  }

  tellAll() {
    this.code.textContent = this.sql()
    this.live.textContent = `${told(this.n)} of ${told(this.data.n)} stars. ${this.region ? this.words() : "Nothing is selected."}`
    this.writeHash()
  }

  writeHash() {
    const parts = []
    if (this.region) parts.push(`${this.at}=${this.views[this.at].write(this.region).join(",")}`)
    if (this.system !== "galactic") parts.push(`sky-in=${this.system}`)
    if (this.ticked.size < this.data.surveys.length)
      parts.push(`surveys=${[...this.ticked].sort((a, b) => a - b).map((i) => encodeURIComponent(this.data.surveys[i])).join(",")}`)
    this.hash = parts.join("&")
    if (location.hash.slice(1) === this.hash || (!this.hash && !this.isOurs(location.hash.slice(1)))) return
    try {
      history.replaceState(null, "", this.hash ? `#${this.hash}` : location.pathname + location.search)
    } catch {
      // Where a page may not change its address the link stays that of the page.
    }
  }

  isOurs(hash) {
    return hash.includes("=")
  }

  // Takes up what a link selects; what it cannot understand it leaves.
  readHash() {
    const hash = location.hash.slice(1)
    if (!this.isOurs(hash)) return false
    const given = new Map(hash.split("&").map((part) => {
      const at = part.indexOf("=")
      return [part.slice(0, at), part.slice(at + 1)]
    }))
    const system = given.get("sky-in") ?? "galactic"
    this.region = null
    this.at = null
    if (FRAMES[system]) this.turnQuietly(system)
    const all = this.data.surveys.map((_, i) => i)
    const names = given.get("surveys")
    const named = all.filter((i) => names?.split(",").includes(encodeURIComponent(this.data.surveys[i])))
    // An empty list is of no survey; names that none has are of another warehouse.
    this.ticked = new Set(named.length || names === "" ? named : all)
    this.boxes.forEach((box, i) => (box.checked = this.ticked.has(i)))
    for (const [name, view] of Object.entries(this.views)) {
      const text = given.get(name)
      if (!text) continue
      const region = view.read(text.split(","))
      if (!Object.values(region).every(Number.isFinite) || !isWithin(region, view.limits)) continue
      this.at = name
      this.region = settled(region, view.limits)
    }
    for (const [name, selector] of Object.entries(this.selectors))
      selector.region = name === this.at ? this.region : null
    return true
  }

  turnQuietly(system) {
    const counts = this.counts
    this.counts = null
    this.turn(system)
    this.counts = counts
  }

  hover(view, x, y) {
    const lines = x === null ? null : view.hover(x, y)
    this.tip.hidden = !lines
    if (!lines) return
    this.tip.replaceChildren(...lines.map((text, i) => {
      const line = document.createElement(i === lines.length - 1 ? "strong" : "span")
      line.textContent = text
      return line
    }))
    const box = this.panel.getBoundingClientRect()
    const over = view.overlay.getBoundingClientRect()
    const left = over.left - box.left + x
    const width = this.tip.offsetWidth
    const beside = left + 14 + width > box.width ? left - 14 - width : left + 14
    this.tip.style.left = `${Math.max(0, beside)}px`
    this.tip.style.top = `${over.top - box.top + y + 14}px`
  }
}

function histogramOf(chemistry, data) {
  const rows = data.axes.alpha_fe.n + 2
  const bars = new Uint32Array(data.axes.fe_h.n)
  for (let cell = 0; cell < bars.length * rows; cell++)
    bars[Math.floor(cell / rows)] += chemistry[cell]
  return bars
}

// Cells of the diagram below the bars of the histogram.
function chemistryOf(bars, data) {
  if (!bars) return null
  const rows = data.axes.alpha_fe.n + 2
  const cells = new Uint8Array(bars.length * rows + 1)
  for (let cell = 0; cell < bars.length * rows; cell++) cells[cell] = bars[Math.floor(cell / rows)]
  return cells
}

async function copy(text, button, words) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // Pages from a folder may not reach the clipboard: the old way does.
    const area = document.createElement("textarea")
    area.value = text
    area.style.position = "fixed"
    area.style.opacity = "0"
    document.body.append(area)
    area.select()
    document.execCommand("copy")
    area.remove()
    button.focus()
  }
  button.textContent = "Copied"
  setTimeout(() => (button.textContent = words), 1500)
}
