import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { openDurableWriter, type WriterFs } from "./durableWrite.ts";

type Call = { readonly name: string; readonly args: readonly unknown[] };

const REAL: WriterFs = {
	...fs,
	fsync: promisify(fs.fsync),
	realPath: fs.realpathSync.native,
};
const BYTES = Buffer.from("all of it or nothing");

test("a write that fails at any of its calls leaves nothing that a reader could see", async () => {
	for (const errno of ["ENOSPC", "EIO", "EDQUOT"]) {
		let written = false;
		for (let n = 0; !written; n++)
			await inFolder(async (root) => {
				const write = openDurableWriter(failingAt(n, errno), counter());
				const targets = ["t/metadata/f", "u/metadata/g"].map(
					(path) => `${root}/${path}`,
				);
				const batch = targets.map((target) => ({ root, target, bytes: BYTES }));
				const outcomes = await write(batch);
				written = outcomes.every((outcome) => outcome === "written");
				for (const [i, target] of targets.entries()) {
					const outcome = outcomes[i];
					if (outcome === "written") {
						assert.deepEqual(fs.readFileSync(target), BYTES);
					} else {
						assert.deepEqual(outcome, { reason: "failed", errno });
						assert.equal(fs.existsSync(target), false, `call ${n}`);
					}
				}
				assert.ok(n < 200, "the write never succeeds");
				const again = openDurableWriter(REAL, () => `again${n}`);
				const target = `${targets[0]}2`;
				const second = await again([{ root, target, bytes: BYTES }]);
				assert.deepEqual(second, ["written"]);
			});
	}
});

test("a failure of one write of a batch does not touch the others", () =>
	inFolder(async (root) => {
		const file = join(root, "in-the-way");
		fs.writeFileSync(file, "");
		const target = (name: string) => `${root}/${name}`;
		const outcomes = await openDurableWriter(
			REAL,
			counter(),
		)([
			{ root, target: target("a/1"), bytes: BYTES },
			{ root, target: target("in-the-way/2"), bytes: BYTES },
			{ root, target: target("a/1"), bytes: BYTES },
			{ root, target: target(`a/${"x".repeat(300)}`), bytes: BYTES },
			{ root, target: target("b/c/3"), bytes: BYTES },
		]);
		assert.deepEqual(
			outcomes.map((one) => (one === "written" ? one : one.errno)),
			["written", "ENOTDIR", "EEXIST", "ENAMETOOLONG", "written"],
		);
		assert.deepEqual(fs.readdirSync(`${root}/a`), ["1"]);
		assert.deepEqual(fs.readdirSync(`${root}/b/c`), ["3"]);
	}));

test("without hard links the second best still refuses an existing name", () =>
	inFolder(async (root) => {
		const write = openDurableWriter(
			observed({
				before({ name }) {
					if (name === "linkSync") throw errnoError("EPERM");
				},
			}),
			counter(),
		);
		const request = { root, target: `${root}/a/f`, bytes: BYTES };
		assert.deepEqual(await write([request]), ["written"]);
		assert.deepEqual(await write([request]), [
			{ reason: "exists", errno: "EEXIST" },
		]);
		assert.deepEqual(fs.readdirSync(`${root}/a`), ["f"]);
	}));

test("a folder that vanishes under a write is made again", () =>
	inFolder(async (root) => {
		let vanished = 0;
		const write = openDurableWriter(
			observed({
				before({ name, args }) {
					const path = String(args[0]);
					if (name !== "openSync" || !path.endsWith(".tmp")) return;
					if (vanished++ < 2) fs.rmdirSync(dirname(path));
				},
			}),
			counter(),
		);
		const target = `${root}/a/b/f`;
		assert.deepEqual(await write([{ root, target, bytes: BYTES }]), [
			"written",
		]);
		assert.equal(vanished, 3);
	}));

test("what is acknowledged was synced in an order that survives a power cut", async () => {
	assert.deepEqual(await violations(REAL), []);
});

for (const [bug, forgotten] of [
	["no sync of the file", (path: string) => path.endsWith(".tmp")],
	["no sync of the folder", (path: string) => path.endsWith("/metadata")],
	["no sync of the folder above", (path: string) => path.endsWith("/t")],
] as const)
	test(`control: ${bug} is caught`, async () => {
		const names = new Map<unknown, string>();
		const buggy: WriterFs = {
			...REAL,
			openSync(path, ...rest) {
				const handle = fs.openSync(path, ...rest);
				names.set(handle, String(path));
				return handle;
			},
			fsyncSync(handle) {
				if (forgotten(names.get(handle) ?? "")) throw new Skipped();
				fs.fsyncSync(handle);
			},
			async fsync(handle) {
				buggy.fsyncSync(handle);
			},
		};
		assert.notDeepEqual(await violations(buggy), []);
	});

/** Thrown by a planted bug for a call that it leaves out. */
class Skipped extends Error {}

/**
 * Writes two files and a third after the folder was removed and made again, and
 * follows which contents and which entries are durable.
 */
async function violations(base: WriterFs): Promise<string[]> {
	const found: string[] = [];
	await inFolder(async (root) => {
		const durable = new Set<string>([root]);
		const handles = new Map<unknown, string>();
		const hooks: Hooks = {
			before({ name, args }) {
				if (name === "linkSync" && !durable.has(`content of ${args[0]}`))
					found.push(`${args[1]} is visible before its bytes are durable`);
			},
			after({ name, args }, result) {
				if (name === "openSync") handles.set(result, String(args[0]));
				if (name !== "fsyncSync" && name !== "fsync") return;
				const synced = handles.get(args[0]) ?? "";
				durable.add(`content of ${synced}`);
				if (fs.statSync(synced).isDirectory())
					for (const entry of fs.readdirSync(synced))
						durable.add(`${synced}/${entry}`);
			},
		};
		const write = openDurableWriter(observed(hooks, base), counter());
		const acknowledge = async (target: string) => {
			assert.deepEqual(await write([{ root, target, bytes: BYTES }]), [
				"written",
			]);
			for (let at = target; at !== root; at = dirname(at))
				if (!durable.has(at)) found.push(`${at} may be lost`);
		};
		await acknowledge(`${root}/t/metadata/1`);
		await acknowledge(`${root}/t/metadata/2`);
		fs.rmSync(`${root}/t`, { recursive: true });
		durable.clear();
		await acknowledge(`${root}/t/metadata/3`);
	});
	return found;
}

interface Hooks {
	before?(call: Call): void;
	after?(call: Call, result: unknown): void;
}

/** Follows the calls that are really made. */
function observed(hooks: Hooks, base: WriterFs = REAL): WriterFs {
	return new Proxy(base, {
		get(target, key) {
			const real: unknown = Reflect.get(target, key);
			if (typeof real !== "function") return real;
			return (...args: unknown[]) => {
				const call = { name: String(key), args };
				hooks.before?.(call);
				const done = (result: unknown) => {
					hooks.after?.(call, result);
					return result;
				};
				try {
					const result: unknown = Reflect.apply(real, target, args);
					return result instanceof Promise
						? result.then(done, skip)
						: done(result);
				} catch (error) {
					return skip(error);
				}
			};
		},
	});
}

function skip(error: unknown): undefined {
	if (!(error instanceof Skipped)) throw error;
}

function failingAt(n: number, errno: string): WriterFs {
	let calls = 0;
	return new Proxy(REAL, {
		get(target, key) {
			const real: unknown = Reflect.get(target, key);
			if (typeof real !== "function") return real;
			return (...args: unknown[]) => {
				const fails = calls++ === n;
				// A failed close has closed all the same; a failed removal is not tried again.
				if (fails && key !== "closeSync") throw errnoError(errno);
				const result: unknown = Reflect.apply(real, target, args);
				if (fails) throw errnoError(errno);
				return result;
			};
		},
	});
}

function errnoError(code: string): Error {
	return Object.assign(new Error(code), { code });
}

function counter(): () => string {
	let n = 0;
	return () => `test-${n++}`;
}

async function inFolder(run: (root: string) => Promise<void>): Promise<void> {
	const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "pangolin-")));
	try {
		await run(root);
	} finally {
		fs.rmSync(root, { recursive: true, force: true });
	}
}
