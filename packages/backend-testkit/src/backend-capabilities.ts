/** What a backend claims to do. A claim is tested, and so is its absence: no `read` means that there is no `summaries`. */
export interface BackendCapabilities {
  /** Implements `MetricsReader`. */
  readonly read: boolean;
  /** Implements `MetricsStore`: can delete what it keeps. Needs `read`. */
  readonly store: boolean;
  /** Implements `StateStore`. */
  readonly state: boolean;
  /** Has `writeSync`, so that a process loses nothing at exit. */
  readonly writeSync: boolean;
}
