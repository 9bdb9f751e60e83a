const SECRET = /password|passwd|passphrase|secret|token|api[-_]?key|credential|authorization|private[-_]?key|headers$/i;
const HIDDEN = "(hidden)";

/**
 * A value of the configuration as it may be shown: `(hidden)` when its key path (`monitoring.backendOptions.x.token`) or a
 * key inside of it names a secret; user and password are taken out of URLs. Objects that are no plain data stay as they are.
 */
export function shownConfigValue(path: string, value: unknown): unknown {
  return SECRET.test(path) && value !== undefined && value !== null ? HIDDEN : withoutSecrets(value);
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${HIDDEN}@`);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shownConfigValue(key, inner)]));
}
