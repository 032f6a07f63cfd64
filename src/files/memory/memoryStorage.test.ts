import { test } from "node:test";
import { STORAGE_CASES } from "../conformance/cases.ts";
import { openMemoryStorage } from "./memoryStorage.ts";

for (const { name, run } of STORAGE_CASES) {
	test(`memory storage: ${name}`, () =>
		run({
			storage: openMemoryStorage(),
			spellings: () => [],
			outside: ["memory://other/a", "memory:///a", "file:///a"],
			dispose: async () => {},
		}));
}
