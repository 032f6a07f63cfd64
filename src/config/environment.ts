import { type ConfigSources, readConfig } from "./readConfig.ts";

/**
 * The configuration of this process. The only reader of `process.env`.
 * @throws ConfigError
 */
export function configFromProcess(
	flags?: ConfigSources["flags"],
): ReturnType<typeof readConfig> {
	return readConfig({ env: process.env, flags });
}
