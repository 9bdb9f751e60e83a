/** The pixels of an RGBA frame as 32-bit words in memory order (a view; a copy only when the frame is not aligned). */
export function rgbaWords(rgba: Uint8ClampedArray | Uint8Array): Uint32Array {
  if (rgba.byteOffset % 4 === 0) return new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.byteLength >> 2);
  return new Uint32Array(rgba.slice().buffer);
}
