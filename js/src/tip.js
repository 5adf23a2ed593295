// One box for the whole page that tells what lies under the pointer.
let tip = null

export function showTip(lines, box) {
  if (!tip) {
    tip = document.createElement("div")
    tip.className = "tip"
    tip.setAttribute("aria-hidden", "true")
    document.body.append(tip)
  }
  const list = document.createElement("dl")
  for (const [name, value] of lines) {
    const [term, told] = [document.createElement("dt"), document.createElement("dd")]
    term.textContent = name
    told.textContent = value
    told.dir = "auto"
    list.append(term, told)
  }
  tip.replaceChildren(list)
  tip.hidden = false
  const { width, height } = tip.getBoundingClientRect()
  const room = document.documentElement.clientWidth
  const x = Math.min(Math.max(4, box.x + box.width / 2 - width / 2), room - width - 4)
  const above = box.y - height - 8
  tip.style.left = `${x}px`
  tip.style.top = `${above > 4 ? above : box.bottom + 8}px`
}

export function hideTip() {
  if (tip) tip.hidden = true
}
