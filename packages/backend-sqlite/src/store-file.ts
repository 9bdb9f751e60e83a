import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { MetricsError } from "@giflab/metrics-core";
import { APPLICATION_ID } from "./schema.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const HEADER_BYTES = 100;
const APPLICATION_ID_AT = 68;
const SIDE_FILES = ["-wal", "-shm", "-journal"] as const;
/** Making or setting aside a file takes a millisecond; a lock this old was left by a process that was killed meanwhile. */
const STALE_LOCK_MS = 5000;

/** NFS, SMB, SMB2, CIFS, AFS, Ceph, Lustre, GPFS, 9p, FUSE (sshfs, virtiofs): shared memory between hosts is no such thing. */
const NETWORK_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x5346414f, 0x00c36400, 0x0bd00bd0, 0x47504653, 0x01021997, 0x65735546,
]);

/** Which file a path leads to now; changes when it is removed and made anew. `undefined` when there is none. */
export function fileIdentity(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/**
 * Makes folder and file, readable by their owner only, where they do not exist. Throws what the file system says, or
 * `BACKEND_BUSY` while another process does the same.
 *
 * An existing file is never opened here: closing any descriptor of a file ends all locks that this process has on it,
 * those of SQLite's connections included.
 */
export function createStoreFile(path: string): void {
  if (fileIdentity(path) !== undefined) return;
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  underFileLock(path, (lock) => {
    if (fileIdentity(path) !== undefined) return;
    // An operator who removes the database leaves its log and index, which must not be taken for the new one's.
    for (const suffix of SIDE_FILES) rmSync(path + suffix, { force: true });
    renameSync(lock, path);
  });
}

/**
 * Moves a damaged database and its log out of the way. Returns the new name, or `undefined` when the path leads to another
 * file than `identity` by now: then somebody else was faster.
 */
export function setAside(path: string, identity: string | undefined, epochSeconds: number): string | undefined {
  const aside = `${path}.corrupt-${new Date(epochSeconds * 1000).toISOString().replaceAll(/[:.]/g, "-")}`;
  return underFileLock(path, () => {
    if (identity === undefined || fileIdentity(path) !== identity) return undefined;
    renameSync(path, aside);
    for (const suffix of ["-wal", "-journal"]) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    rmSync(`${path}-shm`, { force: true });
    return aside;
  });
}

/** Runs `work` while no other process makes or sets aside the file. The lock is an empty file with the store's rights. */
function underFileLock<T>(path: string, work: (lock: string) => T): T {
  const lock = `${path}.new`;
  try {
    closeSync(openSync(lock, "wx", FILE_MODE));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    const found = statSync(lock, { throwIfNoEntry: false });
    if (found !== undefined && Math.abs(Date.now() - found.mtimeMs) > STALE_LOCK_MS) rmSync(lock, { force: true });
    throw new MetricsError("BACKEND_BUSY", `${path} is just being made by another process`, { cause });
  }
  try {
    return work(lock);
  } finally {
    rmSync(lock, { force: true });
  }
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

/** Bytes of the database and its write-ahead log. */
export function storeBytes(path: string): { readonly file: number; readonly wal: number } {
  return { file: sizeOf(path), wal: logBytes(path) };
}

/** Bytes of the write-ahead log. */
export function logBytes(path: string): number {
  return sizeOf(`${path}-wal`);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whether a file lies on a file system that other machines may write too. */
export function onNetworkFileSystem(path: string): boolean {
  try {
    return isNetworkFileSystem(statfsSync(dirname(path)).type);
  } catch {
    return false;
  }
}

/** @param type the magic number that `statfs` gives. */
export function isNetworkFileSystem(type: number): boolean {
  return NETWORK_FILE_SYSTEMS.has(type >>> 0);
}
