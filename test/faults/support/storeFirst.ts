import { cpSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../../src/config/readConfig.ts";
import { openKeeping } from "../../../src/offline.ts";

/** `pangolin restore` of a folder with a planted bug: the store comes before the files that it names. */
const from = process.argv.at(-1) ?? "";
const { config } = readConfig({ env: process.env });
const keeping = await openKeeping(config);
const ignored = () => undefined;
const { copies } = keeping;
const opened = await copies.open(join(from, copies.name), undefined, ignored);
await opened.restore(ignored);
cpSync(join(from, "warehouse"), join(config.dataDir, "warehouse"), {
	recursive: true,
});
await keeping.close();
