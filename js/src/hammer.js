// Hammer's equal-area projection about RA 180°, RA to the left: from the plane back to
// degrees; null beyond the edge of the sky.
export function unproject(x, y) {
  const rest = 1 - (x / 4) ** 2 - (y / 2) ** 2
  if (rest < 0.5) return null
  const z = Math.sqrt(rest)
  const away = 2 * Math.atan2(z * -x, 2 * (2 * z * z - 1))
  const ra = (180 + (away * 180) / Math.PI + 360) % 360
  return [ra, (Math.asin(z * y) * 180) / Math.PI]
}
