import { movingConformance } from "../conformance/moving.ts";
import { conformance } from "../conformance/suite.ts";
import { emptyState } from "../rules/state.ts";
import { openMemoryStore } from "./memoryStore.ts";
import { openMemoryMover } from "./moving.ts";

conformance("the memory store", async () => openMemoryStore());
movingConformance("the memory store", async () => {
	const state = emptyState();
	const open = async () => openMemoryStore(state);
	return { mover: openMemoryMover(state), open };
});
