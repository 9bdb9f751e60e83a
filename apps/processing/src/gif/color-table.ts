/**
 * The image's colours as 32-bit pixels in the machine's own byte order (so that memory reads R, G, B, A), always 256 of
 * them: indices beyond the table are opaque black; without any table, greys from black to white.
 */
export function colorTable(bytes: Uint8Array, paletteOffset: number, paletteSize: number): Uint32Array<ArrayBuffer> {
  const colors = new Uint32Array(256);
  const channels = new Uint8Array(colors.buffer);
  for (let index = 0; index < 256; index++) {
    const from = paletteOffset + 3 * index;
    const inTable = paletteOffset >= 0 && index < paletteSize;
    for (let channel = 0; channel < 3; channel++) {
      channels[4 * index + channel] = inTable ? (bytes[from + channel] ?? 0) : paletteOffset >= 0 ? 0 : index;
    }
    channels[4 * index + 3] = 255;
  }
  return colors;
}
