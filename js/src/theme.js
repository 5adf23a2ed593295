// Light or dark: what the system asks for, until the reader chooses.
const KEY = "stellarwh-theme"
const root = document.documentElement

// Pages that open from a folder may have no storage: then a choice holds for the page.
function remembered() {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

function remember(theme) {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // Nothing is lost but the memory of it.
  }
}

const before = remembered()
if (before === "light" || before === "dark") root.dataset.theme = before

export function isDark() {
  if (root.dataset.theme) return root.dataset.theme === "dark"
  return matchMedia("(prefers-color-scheme: dark)").matches
}

// Whoever draws in colours of its own listens for "themechange" of the document.
export function startTheme() {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "theme"
  const say = () => {
    button.textContent = isDark() ? "Light" : "Dark"
    button.setAttribute("aria-label", `Show in ${isDark() ? "light" : "dark"} colours`)
    document.dispatchEvent(new CustomEvent("themechange"))
  }
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark"
    remember(root.dataset.theme)
    say()
  })
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", say)
  document.querySelector("nav .wrap")?.append(button)
  say()
}
