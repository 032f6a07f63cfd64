/** Writes what is generated from declarations. `npm run generate`. */
import { mkdirSync, writeFileSync } from "node:fs";
import {
	configurationPage,
	environmentExample,
} from "../src/config/describe.ts";

const root = new URL("../", import.meta.url);
mkdirSync(new URL("docs/reference/", root), { recursive: true });
writeFileSync(
	new URL("docs/reference/configuration.md", root),
	configurationPage(),
);
writeFileSync(new URL(".env.example", root), environmentExample());
