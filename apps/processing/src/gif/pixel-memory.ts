/**
 * Memory for `bytes` bytes that the caller overwrites to the last one: it is not cleared first, which for whole frames
 * takes as long as filling them.
 */
export function unclearedMemory(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer;
}
