import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Makes sure, before anything is written, that the address can be had: a start
 * that must fail should leave no folder and no database behind.
 * @throws the system's error (`EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`)
 */
export async function requireFreePort(
	port: number,
	host: string,
): Promise<void> {
	if (port === 0) return;
	const probe = createServer();
	probe.listen({ port, host, exclusive: true });
	await once(probe, "listening");
	probe.close();
	await once(probe, "close");
}
