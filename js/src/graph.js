// The lineage: what an object comes from and what comes from it lights up, and a field
// finds objects by their names and all that is said of them.
export function startGraph(root) {
  const nodes = [...root.querySelectorAll("a.node")]
  const edges = [...root.querySelectorAll("path[data-from]")]
  const items = [...root.querySelectorAll("details.object")]
  const anchor = (node) => node.getAttribute("href").slice(1)
  let pinned = ""

  // All that is reached from an object along lines of one direction.
  function reach(from, start, end) {
    const found = new Set([from])
    for (const name of found)
      for (const edge of edges) if (edge.dataset[start] === name) found.add(edge.dataset[end])
    return found
  }

  function light(name) {
    root.classList.toggle("lit", Boolean(name))
    const up = name ? reach(name, "to", "from") : new Set()
    const down = name ? reach(name, "from", "to") : new Set()
    for (const node of nodes) {
      const of = anchor(node)
      node.classList.toggle("on", up.has(of) || down.has(of))
      node.classList.toggle("chosen", of === name)
    }
    for (const { dataset, classList } of edges)
      classList.toggle(
        "on",
        (up.has(dataset.from) && up.has(dataset.to)) ||
          (down.has(dataset.from) && down.has(dataset.to)),
      )
  }

  function open(name) {
    const item = items.find((one) => one.id === name)
    if (!item) return
    pinned = name
    item.open = true
    light(name)
  }

  for (const node of nodes) {
    node.addEventListener("pointerenter", () => light(anchor(node)))
    node.addEventListener("pointerleave", () => light(pinned))
    node.addEventListener("focus", () => light(anchor(node)))
    node.addEventListener("blur", () => light(pinned))
    node.addEventListener("click", () => open(anchor(node)))
  }
  window.addEventListener("hashchange", () => open(location.hash.slice(1)))
  open(location.hash.slice(1))

  const label = document.createElement("label")
  label.className = "graph-search"
  label.append("Find an object, a column or a word of the SQL ")
  const field = document.createElement("input")
  field.type = "search"
  label.append(field)
  const told = document.createElement("span")
  told.setAttribute("aria-live", "polite")
  label.append(told)
  root.prepend(label)
  const texts = items.map((one) => one.textContent.toLowerCase())
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
    const found = new Set()
    items.forEach((one, at) => {
      const fits = words.every((word) => texts[at].includes(word))
      one.hidden = !fits
      if (fits) found.add(one.id)
    })
    for (const node of nodes) node.classList.toggle("off", !found.has(anchor(node)))
    told.textContent = words.length ? ` ${found.size} of ${items.length}` : ""
  })
}
