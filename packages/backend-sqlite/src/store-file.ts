import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { APPLICATION_ID } from "./schema.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const HEADER_BYTES = 100;
const APPLICATION_ID_AT = 68;

/** File systems on which shared memory between processes cannot be relied on: NFS, SMB, CIFS, AFS, Ceph. */
const NETWORK_FILE_SYSTEMS = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x00c36400]);

/** Makes folder and file, readable by their owner only, where they do not exist. Throws what the file system says. */
export function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  closeSync(openSync(path, "a", FILE_MODE));
}

/** Which file a path leads to now; changes when it is removed and made anew. `undefined` when there is none. */
export function fileIdentity(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/** Bytes of the database and its write-ahead log. */
export function storeBytes(path: string): { readonly file: number; readonly wal: number } {
  const size = (name: string): number => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
  return { file: size(path), wal: size(`${path}-wal`) };
}

/** Whether the raw header says that the file was ours, for a file that SQLite can no longer read. */
export function headerIsOurs(path: string): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, "r");
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  return header.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID;
}

/** Moves a damaged database and its side files out of the way. Returns the new name. */
export function setAside(path: string, epochSeconds: number): string {
  const aside = `${path}.corrupt-${new Date(epochSeconds * 1000).toISOString().replaceAll(/[:.]/g, "-")}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

/** Whether a file lies on a network file system. */
export function onNetworkFileSystem(path: string): boolean {
  try {
    return NETWORK_FILE_SYSTEMS.has(statfsSync(dirname(path)).type >>> 0);
  } catch {
    return false;
  }
}
