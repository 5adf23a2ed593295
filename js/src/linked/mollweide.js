// Mollweide's equal-area projection; x runs from -2 sqrt(2) to 2 sqrt(2), longitudes
// increase to the left, as the sky is seen. Angles are in radians.
export const EDGE_X = 2 * Math.SQRT2
export const EDGE_Y = Math.SQRT2

// sine: of the latitude; longitude: from the middle of the map.
export function project(sine, longitude) {
  const wanted = Math.PI * sine
  let angle = Math.asin(sine)
  if (Math.abs(sine) > 1 - 1e-12) angle = (Math.sign(sine) * Math.PI) / 2
  else
    for (let i = 0; i < 50; i++) {
      const step =
        (2 * angle + Math.sin(2 * angle) - wanted) / (2 + 2 * Math.cos(2 * angle))
      angle -= step
      if (Math.abs(step) < 1e-12) break
    }
  const turned = ((((longitude + Math.PI) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI)) - Math.PI
  return [(-EDGE_X / Math.PI) * turned * Math.cos(angle), EDGE_Y * Math.sin(angle)]
}

// What all places of one height share: the sine of their latitude, and how much longitude a
// step along x is; null beyond the map.
export function unprojectRow(y) {
  const s = y / EDGE_Y
  if (s <= -1 || s >= 1) return null
  const angle = Math.asin(s)
  return [
    (2 * angle + Math.sin(2 * angle)) / Math.PI,
    -Math.PI / (EDGE_X * Math.cos(angle)),
  ]
}

// The sine of the latitude and the longitude of a place; null beyond the map.
export function unproject(x, y) {
  const row = unprojectRow(y)
  if (!row || Math.abs(x * row[1]) > Math.PI) return null
  return [row[0], x * row[1]]
}
