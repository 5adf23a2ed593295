// Numbers as a page tells them, and as SQL takes them.
export const told = (n) => n.toLocaleString("en-US")

// A bound of an axis, which is a whole number of num / den, with no more digits than that
// needs: what DuckDB reads is the same number.
export function bound(axis, i) {
  let digits = 0
  while ((axis.num * 10 ** digits) % axis.den) digits += 1
  return (((axis.first + i) * axis.num) / axis.den).toFixed(digits)
}

export function shown(axis, i) {
  const text = bound(axis, i).replace("-", "−")
  return axis.num / axis.den >= 1 ? told(Number(bound(axis, i))).replace("-", "−") : text
}

export const withUnit = (axis) =>
  axis.unit && !axis.symbol.startsWith("[") ? `${axis.symbol} [${axis.unit}]` : axis.symbol

// "Teff 4,000–5,000 K"
export function range(axis, from, to) {
  const unit = axis.unit && axis.unit !== "dex" ? ` ${axis.unit}` : ""
  return `${axis.symbol} ${shown(axis, from)} to ${shown(axis, to)}${unit}`
}
