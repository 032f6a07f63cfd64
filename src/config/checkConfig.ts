import { databaseRefusal } from "./databaseUrl.ts";
import { isLoopback } from "./loopback.ts";
import type { Config } from "./options.ts";

/** What is wrong with values that are valid each on its own, one sentence each. */
export function checkConfig(config: Config): string[] {
	const mistakes: string[] = [];
	const database = databaseRefusal(config.databaseUrl);
	if (database !== undefined) mistakes.push(database);
	if (config.noAuth && !isLoopback(config.bindAddress)) {
		mistakes.push(
			`PANGOLIN_NO_AUTH serves everybody who can connect, so it needs a loopback address: PANGOLIN_BIND_ADDRESS must be 127.0.0.1 or ::1, not ${JSON.stringify(config.bindAddress)}`,
		);
	}
	return mistakes;
}
