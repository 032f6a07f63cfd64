import { BlockList, isIP } from "node:net";
import { databaseRefusal } from "./databaseUrl.ts";
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

/**
 * Only addresses, and the one name that every machine resolves to itself: any
 * other name may resolve to somewhere else tomorrow.
 */
export function isLoopback(address: string): boolean {
	if (address === "localhost") return true;
	const family = isIP(address);
	if (family === 0) return false;
	const loopback = new BlockList();
	loopback.addSubnet("127.0.0.0", 8, "ipv4");
	loopback.addAddress("::1", "ipv6");
	return loopback.check(address, family === 4 ? "ipv4" : "ipv6");
}
