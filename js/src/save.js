// Files that the reader takes along.
export function save(name, type, text) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([text], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

// RFC 4180: quoted where it must be; what is not known is empty.
function cell(value) {
  if (value === null || value === undefined) return ""
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function csv(names, rows) {
  return [names, ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("")
}

export function button(words, label, act) {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = words
  if (label) made.setAttribute("aria-label", label)
  made.addEventListener("click", act)
  return made
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
