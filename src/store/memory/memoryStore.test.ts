import { conformance } from "../conformance/suite.ts";
import { openMemoryStore } from "./memoryStore.ts";

conformance("the memory store", async () => openMemoryStore());
