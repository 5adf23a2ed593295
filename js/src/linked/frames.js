// Equatorial (ICRS) and Galactic directions. The axes are those of sql/macros/galactic.sql.
const AXES = [
  [-0.054875657712591633, -0.87343705195561583, -0.48383507361671541],
  [0.49410943719272682, -0.44482972122329523, 0.7469821839866676],
  [-0.8676661375596576, -0.19807633727300053, 0.45598381368730168],
]

// Called for each pixel of the map: one array is all that it makes.
function turned(z, longitude, [u, v, w]) {
  const across = Math.sqrt(Math.max(0, 1 - z * z))
  const x = across * Math.cos(longitude)
  const y = across * Math.sin(longitude)
  const up = w[0] * x + w[1] * y + w[2] * z
  return [
    Math.max(-1, Math.min(1, up)),
    Math.atan2(v[0] * x + v[1] * y + v[2] * z, u[0] * x + u[1] * y + u[2] * z),
  ]
}

const BACK = [0, 1, 2].map((i) => AXES.map((axis) => axis[i]))

// Each takes and gives the sine of a latitude, and a longitude in radians. centre is the
// longitude in the middle of the map.
export const FRAMES = {
  galactic: {
    name: "Galactic",
    symbols: ["l", "b"],
    centre: 0,
    fromSky: (z, longitude) => turned(z, longitude, AXES),
    toSky: (z, longitude) => turned(z, longitude, BACK),
  },
  equatorial: {
    name: "Equatorial",
    symbols: ["RA", "Dec"],
    centre: Math.PI,
    fromSky: (z, longitude) => [z, longitude],
    toSky: (z, longitude) => [z, longitude],
  },
}
