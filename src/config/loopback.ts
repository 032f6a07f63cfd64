import { BlockList, isIP } from "node:net";

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
