import { cpSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../../src/config/readConfig.ts";
import { openKeeping } from "../../../src/offline.ts";

/** `pangolin restore` of a folder with a planted bug: the store comes before the files that it names. */
const from = process.argv.at(-1) ?? "";
const { config } = readConfig({ env: process.env });
const keeping = await openKeeping(config);
await keeping.copies.restore(join(from, keeping.copies.name), () => undefined);
cpSync(join(from, "warehouse"), join(config.dataDir, "warehouse"), {
	recursive: true,
});
await keeping.close();
