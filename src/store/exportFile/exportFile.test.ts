import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import {
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { PangolinError } from "../../model/errors.ts";
import { fullWorld } from "../conformance/fullWorld.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import { openMemoryMover } from "../memory/moving.ts";
import type { MovedRow } from "../moving.ts";
import { emptyState } from "../rules/state.ts";
import { FORMAT } from "./format.ts";
import { openExport, readRows } from "./readExport.ts";
import { signWith } from "./signing.ts";
import { writeExport } from "./writeExport.ts";

const folder = mkdtempSync(join(tmpdir(), "pangolin-export-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newPath = () => join(folder, `${files++}.pangolin`);
const HEADER = {
	format: FORMAT,
	time: "2026-11-27T00:00:00.000Z",
	tenant: null,
	version: "0.1.0",
} as const;

function keyPair(): { readonly secret: string; readonly open: string } {
	const { privateKey, publicKey } = generateKeyPairSync("ed25519");
	return {
		secret: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
		open: publicKey.export({ type: "spki", format: "pem" }).toString(),
	};
}

const state = emptyState();
const mover = openMemoryMover(state);
before(async () => {
	let names = 0;
	await fullWorld(openMemoryStore(state), {
		fresh: (prefix) => `${prefix}-${names++}`,
		openEmpty: () => Promise.reject(new Error("one store")),
	});
});

async function exported(secret?: string): Promise<string> {
	const path = newPath();
	const sign = secret === undefined ? undefined : signWith(secret);
	const options = { header: HEADER, sign, onRows: () => undefined };
	await writeExport(path, mover.dump(undefined), options);
	return path;
}

const open = (path: string, key?: string) =>
	openExport(path, key, () => undefined);

const says = (text: RegExp) => (error: unknown) =>
	error instanceof PangolinError &&
	error.code === "bad-request" &&
	text.test(error.message);

/** A file with other bytes. */
function written(bytes: Uint8Array): string {
	const path = newPath();
	writeFileSync(path, bytes);
	return path;
}

/** The lines of an export, changed. */
function rewritten(
	path: string,
	change: (lines: string[]) => string[],
): string {
	const lines = gunzipSync(readFileSync(path)).toString().split("\n");
	return written(gzipSync(change(lines).join("\n")));
}

describe("an export file", () => {
	it("gives the rows that were written, and is the same file each time", async () => {
		const path = await exported();
		const { header, total, checked, rows } = await open(path);
		const expected = await Array.fromAsync(mover.dump(undefined));
		assert.deepEqual(await Array.fromAsync(rows()), expected);
		assert.equal(total, expected.length);
		assert.deepEqual(header, HEADER);
		assert.deepEqual(checked, { signature: "none" });
		assert.deepEqual(readFileSync(path), readFileSync(await exported()));
	});

	it("is its owner's alone, and replaces nothing", async () => {
		const path = await exported();
		assert.equal(statSync(path).mode & 0o777, 0o600);
		const before = readFileSync(path);
		const options = { header: HEADER, sign: undefined, onRows: () => {} };
		await assert.rejects(
			writeExport(path, mover.dump(undefined), options),
			(error) =>
				error instanceof PangolinError && error.code === "already-exists",
		);
		assert.deepEqual(readFileSync(path), before);
	});

	it("is not there when its rows failed", async () => {
		const path = newPath();
		const broken = new Error("the store went away");
		async function* failing(): AsyncGenerator<MovedRow> {
			for await (const row of mover.dump(undefined)) yield row;
			throw broken;
		}
		const options = { header: HEADER, sign: undefined, onRows: () => {} };
		await assert.rejects(writeExport(path, failing(), options), broken);
		assert.ok(!existsSync(path));
		assert.ok(!readdirSync(folder).some((name) => name.endsWith(".partial")));
	});
});

describe("a signature", () => {
	it("is checked with the key's other half", async () => {
		const key = keyPair();
		const path = await exported(key.secret);
		const { checked } = await open(path, key.open);
		assert.equal(checked.signature, "valid");
		assert.equal((await open(path)).checked.signature, "unchecked");
	});

	it("is refused when it is missing, of another key, or of another file", async () => {
		const [key, other] = [keyPair(), keyPair()];
		const path = await exported(key.secret);
		await assert.rejects(open(await exported(), key.open), says(/not signed/));
		await assert.rejects(open(path, other.open), says(/another key/));
		const forged = rewritten(path, (lines) => {
			const [last = ""] = lines.slice(-2);
			const { signature } = JSON.parse(last)[1];
			const value = Buffer.alloc(64, 7).toString("base64");
			const text = last.replace(signature.value, value);
			return [...lines.slice(0, -2), text, ""];
		});
		await assert.rejects(open(forged, key.open), says(/signature is wrong/));
	});

	it("is made and checked with Ed25519 keys only", async () => {
		const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
		const rsa = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
		for (const pem of [rsa, "no key", keyPair().open])
			assert.throws(() => signWith(pem), says(/Ed25519 private key/));
		const path = await exported();
		await assert.rejects(open(path, "no key"), says(/Ed25519 public key/));
	});
});

describe("an export is refused", () => {
	it("when anything of it is cut off or changed", async () => {
		const bytes = readFileSync(await exported());
		for (let length = 0; length < bytes.length; length += 37)
			await assert.rejects(
				open(written(bytes.subarray(0, length))),
				says(/damaged|not a file/),
				`${length} bytes`,
			);
		// Between the header of the gzip format, whose fields say nothing, and the last bits of the data, which fill a byte.
		for (let at = 10; at < bytes.length - 9; at += 41) {
			const changed = Buffer.from(bytes);
			changed[at] = (changed[at] ?? 0) ^ 0x10;
			await assert.rejects(
				open(written(changed)),
				says(/damaged|not a file/),
				`byte ${at}`,
			);
		}
	});

	it("when lines were changed, taken out, doubled or added", async () => {
		const path = await exported();
		const changes: ((lines: string[]) => string[])[] = [
			(lines) => lines.map((line) => line.replace("merged ✓", "merged")),
			(lines) => lines.toSpliced(3, 1),
			(lines) => lines.toSpliced(3, 0, lines[3] ?? ""),
			(lines) => lines.toSpliced(-1, 0, lines[3] ?? ""),
			(lines) => lines.toSpliced(-2, 1),
			(lines) => lines.slice(0, -1),
			(lines) => lines.toSpliced(1, 1, "{"),
		];
		for (const change of changes)
			await assert.rejects(
				open(rewritten(path, change)),
				says(/damaged/),
				change.toString(),
			);
	});

	it("when it is of a newer format, with a sentence on what to do", async () => {
		const newer = rewritten(await exported(), ([, ...lines]) => [
			JSON.stringify([
				"pangolin-export",
				{ ...HEADER, format: 2, version: "9" },
			]),
			...lines,
		]);
		await assert.rejects(open(newer), says(/format 2.*format 1.*newer/));
	});

	it("when it is something else", async () => {
		for (const text of ["[1,2]\n", "{}\n", '["a",{}]\n', '"x"\n'])
			await assert.rejects(
				open(written(gzipSync(text))),
				says(/not a file that `pangolin export` wrote/),
			);
		await assert.rejects(open(written(Buffer.from("SQLite"))), says(/gzip/));
	});

	it("at its end, when it is read only once", async () => {
		const path = await exported();
		const expected = await Array.fromAsync(mover.dump(undefined));
		assert.deepEqual(await Array.fromAsync(readRows(path)), expected);
		const lacking = rewritten(path, (lines) => lines.toSpliced(3, 1));
		await assert.rejects(Array.fromAsync(readRows(lacking)), says(/damaged/));
	});

	it("while it is read again, when it is another one by then", async () => {
		const path = await exported();
		const { rows } = await open(path);
		const signed = await exported(keyPair().secret);
		writeFileSync(path, readFileSync(signed));
		// The same rows under another end are the same rows.
		assert.ok((await Array.fromAsync(rows())).length > 0);
		const other = newPath();
		const options = { header: HEADER, sign: undefined, onRows: () => {} };
		await writeExport(other, (async function* () {})(), options);
		writeFileSync(path, readFileSync(other));
		await assert.rejects(Array.fromAsync(rows()), says(/changed while/));
	});
});
