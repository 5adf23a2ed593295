// Sparse counts of a page: what `stellarwh/report/cube/coding.py` writes.
async function inflate(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

// Numbers of seven bits a byte, the lowest first; each is followed by another where the
// highest bit is set.
function readVarints(bytes) {
  const numbers = new Float64Array(bytes.length)
  let n = 0
  for (let i = 0; i < bytes.length; ) {
    let value = 0
    let scale = 1
    let byte
    do {
      byte = bytes[i++]
      value += (byte & 127) * scale
      scale *= 128
    } while (byte > 127)
    numbers[n++] = value
  }
  return numbers.subarray(0, n)
}

// The entries of a cube: set of surveys, cell of the first and of the second diagram.
export async function readCube(text, first, second) {
  const numbers = readVarints(await inflate(text))
  const n = numbers.length / 2
  const cube = {
    set: new Uint16Array(n),
    first: new Uint32Array(n),
    second: new Uint32Array(n),
    count: new Uint32Array(n),
    n,
  }
  let key = 0
  for (let i = 0; i < n; i++) {
    key += numbers[i]
    const rest = Math.floor(key / second)
    const set = Math.floor(rest / first)
    cube.set[i] = set
    cube.first[i] = rest - set * first
    cube.second[i] = key - rest * second
    cube.count[i] = numbers[n + i]
  }
  return cube
}

// Stars in each of `size` cells of one side, of sets that are ticked and, where cells of
// the other side are selected, of those.
export function countCells(cube, side, size, ticked, selected) {
  const cells = cube[side]
  const others = cube[side === "first" ? "second" : "first"]
  const { set, count, n } = cube
  const counts = new Uint32Array(size)
  if (selected) {
    for (let i = 0; i < n; i++)
      if (selected[others[i]] && ticked[set[i]]) counts[cells[i]] += count[i]
  } else {
    for (let i = 0; i < n; i++) if (ticked[set[i]]) counts[cells[i]] += count[i]
  }
  return counts
}
