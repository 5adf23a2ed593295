// Sections behind tabs: <div data-tabs> of <section data-tab="Name">. Without this script
// all of them are shown, one below the other.
let groups = 0

export function tabs(group) {
  const sections = [...group.children].filter((child) => child.dataset.tab !== undefined)
  if (sections.length < 2) return
  groups += 1
  const list = document.createElement("div")
  list.className = "tabs"
  list.setAttribute("role", "tablist")
  const heads = sections.map((section, i) => {
    const head = document.createElement("button")
    head.type = "button"
    head.id = `tab-${groups}-${i}`
    head.textContent = section.dataset.tab
    head.setAttribute("role", "tab")
    section.id ||= `tabbed-${groups}-${i}`
    head.setAttribute("aria-controls", section.id)
    section.setAttribute("role", "tabpanel")
    section.setAttribute("aria-labelledby", head.id)
    head.addEventListener("click", () => open(i))
    return head
  })

  function open(chosen) {
    heads.forEach((head, i) => {
      head.setAttribute("aria-selected", String(i === chosen))
      head.tabIndex = i === chosen ? 0 : -1
      sections[i].classList.toggle("behind", i !== chosen)
    })
  }

  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const now = heads.indexOf(document.activeElement)
    const last = heads.length - 1
    const next = Number.isFinite(step)
      ? (now + step + heads.length) % heads.length
      : step < 0 ? 0 : last
    open(next)
    heads[next].focus()
  })

  // A link to something within a section opens it.
  function follow() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)))
    const place = target ? sections.findIndex((section) => section.contains(target)) : -1
    if (place < 0) return
    open(place)
    target.scrollIntoView()
  }

  list.append(...heads)
  sections[0].before(list)
  open(0)
  follow()
  addEventListener("hashchange", follow)
}
