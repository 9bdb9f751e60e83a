import { MetricsError } from "@giflab/metrics-core";

/**
 * A text with every `${NAME}` replaced by that variable of the environment. Throws `INVALID_OPTION` naming a variable that
 * is not set; never the value of one.
 */
export function withEnvironment(text: string, what: string, environment: NodeJS.ProcessEnv = process.env): string {
  return text.replaceAll(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => {
    const value = environment[name];
    if (value !== undefined && value !== "") return value;
    throw new MetricsError("INVALID_OPTION", `${what} needs the environment variable ${name}, which is not set`);
  });
}
