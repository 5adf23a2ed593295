// Nested HEALPix cells (Górski et al. 2005, ApJ 622, 759): position to cell, cell to
// position. Angles are in radians.
const RING = [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]
const LONGITUDE = [1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7]

// Each bit of a number up to 2^15 moved to twice its place.
function spread(value) {
  let v = value
  v = (v | (v << 8)) & 0x00ff00ff
  v = (v | (v << 4)) & 0x0f0f0f0f
  v = (v | (v << 2)) & 0x33333333
  return (v | (v << 1)) & 0x55555555
}

function gathered(value) {
  let v = value & 0x55555555
  v = (v | (v >> 1)) & 0x33333333
  v = (v | (v >> 2)) & 0x0f0f0f0f
  v = (v | (v >> 4)) & 0x00ff00ff
  return (v | (v >> 8)) & 0x0000ffff
}

// The cell of a direction: z is the sine of its latitude.
export function cellOf(order, z, longitude) {
  const side = 1 << order
  const quarters = (((longitude / (Math.PI / 2)) % 4) + 4) % 4
  const height = Math.abs(z)
  let face
  let x
  let y
  if (height <= 2 / 3) {
    const up = side * (0.5 + quarters)
    const down = side * (z * 0.75)
    const rising = Math.floor(up - down)
    const falling = Math.floor(up + down)
    const faceRising = rising >> order
    const faceFalling = falling >> order
    face =
      faceRising === faceFalling
        ? (faceRising & 3) + 4
        : faceRising < faceFalling
          ? faceRising & 3
          : (faceFalling & 3) + 8
    x = falling & (side - 1)
    y = side - (rising & (side - 1)) - 1
  } else {
    const quarter = Math.min(3, Math.floor(quarters))
    const share = quarters - quarter
    const size = side * Math.sqrt(3 * (1 - height))
    const rising = Math.min(Math.floor(share * size), side - 1)
    const falling = Math.min(Math.floor((1 - share) * size), side - 1)
    face = z >= 0 ? quarter : quarter + 8
    x = z >= 0 ? side - falling - 1 : rising
    y = z >= 0 ? side - rising - 1 : falling
  }
  return (face << (2 * order)) + spread(x) + (spread(y) << 1)
}

// The middle of a cell: the sine of its latitude, and its longitude.
export function middleOf(order, cell) {
  const side = 1 << order
  const face = cell >> (2 * order)
  const within = cell & (side * side - 1)
  const x = (gathered(within) + 0.5) / side
  const y = (gathered(within >> 1) + 0.5) / side
  const ring = RING[face] - x - y
  const near = ring < 1 ? ring : ring > 3 ? 4 - ring : 1
  const z =
    ring < 1 ? 1 - (near * near) / 3 : ring > 3 ? (near * near) / 3 - 1 : ((2 - ring) * 2) / 3
  const along = (((LONGITUDE[face] * near + x - y) % 8) + 8) % 8
  return [z, near < 1e-15 ? 0 : ((Math.PI / 4) * along) / near]
}
