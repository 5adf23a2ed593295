// What is selected: a rectangle of a diagram, in cells of its axes or, on the sky, in
// thousandths of the map. Half open: from x0 up to x1, from y0 up to y1.
export const clamp = (value, low, high) => Math.max(low, Math.min(high, value))

// Within the limits of a view, at least one step wide, whole numbers.
export function settled(region, limits) {
  const [x0, x1] = side(region.x0, region.x1, limits.x)
  const [y0, y1] = side(region.y0, region.y1, limits.y)
  return { x0, x1, y0, y1 }
}

// Whether a region holds anything, and something of what a view shows.
export function isWithin({ x0, x1, y0, y1 }, { x, y }) {
  return x0 < x1 && y0 < y1 && x1 > x[0] && x0 < x[1] && y1 > y[0] && y0 < y[1]
}

function side(from, to, [low, high]) {
  const first = clamp(Math.round(Math.min(from, to)), low, high - 1)
  return [first, clamp(Math.round(Math.max(from, to)), first + 1, high)]
}

// Moved by steps of a key, or grown by them; it keeps its size at an edge.
export function stepped(region, dx, dy, limits, grows) {
  if (grows)
    return settled({ ...region, x1: Math.max(region.x0 + 1, region.x1 + dx),
      y1: Math.max(region.y0 + 1, region.y1 + dy) }, limits)
  const across = clamp(dx, limits.x[0] - region.x0, limits.x[1] - region.x1)
  const along = clamp(dy, limits.y[0] - region.y0, limits.y[1] - region.y1)
  return { x0: region.x0 + across, x1: region.x1 + across,
    y0: region.y0 + along, y1: region.y1 + along }
}
