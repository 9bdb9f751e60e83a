import type { Command } from "@giflab/cli-kit";
import { CacheAdvise } from "./cache/advise.ts";
import { CacheClear } from "./cache/clear.ts";
import { CacheConfig } from "./cache/config.ts";
import { CacheInvalidate } from "./cache/invalidate.ts";
import { CacheResizeClear } from "./cache/resize-clear.ts";
import { CacheResizeStatus } from "./cache/resize-status.ts";
import { CacheResizeTop } from "./cache/resize-top.ts";
import { CacheStatus } from "./cache/status.ts";
import { CacheValidationClear } from "./cache/validation-clear.ts";
import { CacheValidationConfig } from "./cache/validation-config.ts";
import { CacheValidationStatus } from "./cache/validation-status.ts";
import { CacheWarm } from "./cache/warm.ts";
import { Run } from "./run.ts";

/** The commands of this plugin by id: `cache:status` is `giflab cache status`. Importing them loads nothing they work with. */
export const COMMANDS: Readonly<Record<string, Command.Class>> = {
  "cache:status": CacheStatus,
  "cache:warm": CacheWarm,
  "cache:clear": CacheClear,
  "cache:invalidate": CacheInvalidate,
  "cache:config": CacheConfig,
  "cache:advise": CacheAdvise,
  "cache:resize-status": CacheResizeStatus,
  "cache:resize-clear": CacheResizeClear,
  "cache:resize-top": CacheResizeTop,
  "cache:validation-status": CacheValidationStatus,
  "cache:validation-clear": CacheValidationClear,
  "cache:validation-config": CacheValidationConfig,
  run: Run,
};
