// An axis that is linear up to a core and logarithmic beyond: a place 1 is the core, each
// further 1 a factor of ten (stellarwh/report/charts/trends.py, `to_axis`).
import { ticks } from "d3-array"

export function fromAxis(place, core) {
  if (!core) return place
  const size = Math.abs(place)
  return size <= 1 ? place * core : Math.sign(place) * core * 10 ** (size - 1)
}

export function toAxis(value, core) {
  if (!core) return value
  const size = Math.abs(value) / core
  return Math.sign(value) * (size <= 1 ? size : 1 + Math.log10(size))
}

// Round values between two places, about so many: within the core evenly, beyond it by
// powers of ten with their halves and fifths, or evenly where less than one is in view.
export function valuesBetween(low, high, core, count) {
  const [first, last] = [fromAxis(low, core), fromAxis(high, core)]
  const isNarrow = high - low < 1 || (low >= -1 && high <= 1)
  if (isNarrow) return ticks(first, last, count)
  const found = new Set()
  const most = Math.max(-low, high)
  const steps = high - low > count ? [1] : [1, 2, 5]
  for (let decade = 0; decade <= most; decade++)
    for (const step of steps) for (const sign of [-1, 1]) found.add(sign * step * core * 10 ** decade)
  found.add(0)
  return [...found].filter((value) => value >= first && value <= last).sort((a, b) => a - b)
}
