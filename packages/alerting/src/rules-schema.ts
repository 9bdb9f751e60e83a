import { type JsonSchema, objectSchema } from "./option-check.ts";
import { REQUIRED_OPTIONS, RULE_CHECKS } from "./rule-checks.ts";

/** What a rules file may hold beside its rules. */
export const RULES_FILE_KEYS = ["$schema", "rules"] as const;

/**
 * The JSON schema of `giflab.rules.yaml`, for editors: the very checks that are made when the file is read, but for those
 * that compare options with each other. It is shipped as `@giflab/alerting/rules.schema.json`.
 */
export function rulesSchema(): JsonSchema {
  const rule = objectSchema(RULE_CHECKS, REQUIRED_OPTIONS);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "GifLab alert rules",
    type: "object",
    properties: {
      $schema: { type: "string" },
      rules: {
        type: "array",
        items: {
          ...rule,
          anyOf: [{ required: ["warningThreshold"] }, { required: ["criticalThreshold"] }],
        },
      },
    },
    required: ["rules"],
    additionalProperties: false,
  };
}
