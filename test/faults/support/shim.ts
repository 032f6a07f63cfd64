import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
	closeSync,
	existsSync,
	openSync,
	readFileSync,
	readSync,
	renameSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cCompiler } from "./compiler.ts";

const SOURCE = fileURLToPath(new URL("../shim/shim.c", import.meta.url));

/** The environment variables that put a process under the shim. */
export interface ShimEnvironment {
	readonly LD_PRELOAD: string;
	readonly SHIM_ROOT: string;
	readonly SHIM_LOG?: string;
	readonly SHIM_CONTROL?: string;
}

/**
 * Compiles the shim once per version of its source.
 * @throws Error without a C compiler
 */
export function shimLibrary(): string {
	const source = readFileSync(SOURCE);
	const hash = createHash("sha256").update(source).digest("hex").slice(0, 16);
	const library = join(tmpdir(), `pangolin-shim-${hash}.so`);
	if (existsSync(library)) return library;
	const fresh = `${library}.${process.pid}`;
	const [compiler, ...flags] = cCompiler();
	execFileSync(
		compiler,
		[...flags, "-shared", "-fPIC", "-O2", "-o", fresh, SOURCE, "-lpthread"],
		{ stdio: "inherit" },
	);
	renameSync(fresh, library);
	return library;
}

/** Kinds of system calls on the watched files (the bits of shim.c). */
export const CALLS = {
	write: 1,
	sync: 2,
	truncate: 4,
	name: 8,
	create: 16,
	any: 31,
} as const;

/** `lie`: the call reports success and does nothing, as if the program had swallowed its failure. */
const ACTIONS = {
	error: 1,
	short: 2,
	kill: 3,
	"kill-after": 4,
	lie: 5,
} as const;

export interface Fault {
	readonly calls: number;
	/** 1 is the next one. */
	readonly nth: number;
	readonly action: keyof typeof ACTIONS;
	readonly error?: keyof typeof constants.errno;
	/** Every later call as well, until it is disarmed. */
	readonly sticky?: boolean;
}

/** Faults of a running process, armed from outside. */
export interface FaultControl {
	readonly path: string;
	arm(fault: Fault): void;
	disarm(): void;
	/** How often the fault happened since it was armed. */
	fired(): number;
	/** How many of its calls were seen since it was armed. */
	seen(): number;
	close(): void;
}

const WORDS = 8;
const FIRED_AT = 6 * 4;
const SEEN_AT = 7 * 4;

export function newFaultControl(folder: string): FaultControl {
	const path = join(folder, "shim-control");
	writeFileSync(path, Buffer.alloc(WORDS * 4));
	const file = openSync(path, "r+");
	const word = (at: number) => {
		const bytes = Buffer.alloc(4);
		readSync(file, bytes, 0, 4, at);
		return bytes.readUInt32LE();
	};
	return {
		path,
		arm(fault) {
			const words = Uint32Array.of(
				1,
				fault.calls,
				fault.nth,
				ACTIONS[fault.action],
				fault.error === undefined ? 0 : constants.errno[fault.error],
				fault.sticky === true ? 1 : 0,
				0,
				0,
			);
			writeSync(file, new Uint8Array(words.buffer), 0, WORDS * 4, 0);
		},
		disarm: () => writeSync(file, Buffer.alloc(4), 0, 4, 0),
		fired: () => word(FIRED_AT),
		seen: () => word(SEEN_AT),
		close: () => closeSync(file),
	};
}
