export { type ExpositionFormat, negotiateFormat } from "./exposition-format.ts";
