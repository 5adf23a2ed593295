// What a page carries deflated in base64: asked for when somebody wants it.
export async function inflate(base64) {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
  const stream = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

export async function unpack(base64) {
  return JSON.parse(new TextDecoder().decode(await inflate(base64)))
}
