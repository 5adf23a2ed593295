// Queries that can be taken along.
import { button, copy } from "./save.js"

// <pre>: a button before it.
export function copyable(text) {
  // What these widgets make has its own.
  if (text.closest("[data-linked], [data-copies]")) return
  const label = text.classList.contains("plain") ? "Copy the text" : "Copy the SQL"
  const made = copyButton(text, "Copy", label)
  made.classList.add("copy")
  text.before(made)
}

// <div data-copies>, the tools of a table: a button beside them, so that nobody need
// open what it copies.
export function copyApart(tools) {
  const text = tools.querySelector("pre")
  if (text) tools.append(copyButton(text, "Copy SQL", "Copy the SQL"))
}

function copyButton(text, words, label) {
  const made = button(words, label, async () => {
    made.textContent = (await copy(text.textContent)) ? "Copied" : "Select and copy it"
  })
  return made
}
