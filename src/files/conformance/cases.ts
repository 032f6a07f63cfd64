import assert from "node:assert/strict";
import type { Location } from "../contract.ts";
import { at, forged, listed, refuses, type StorageCase } from "./harness.ts";
import { HOSTILE_PATHS, ODD_PATHS } from "./hostile.ts";

const BYTES = Buffer.from("the bytes of one file\u0000\n");

/** The contract of contract.ts as cases; each storage runs them all. */
export const STORAGE_CASES: readonly StorageCase[] = [
	{
		covers: ["F1"],
		name: "all spellings of a place give one canonical form",
		async run(under) {
			const { storage } = under;
			const location = at(under, "a/b");
			for (const spelling of under.spellings(location))
				assert.equal(storage.canonical(spelling), location, spelling);
			assert.equal(storage.canonical(`${location}/`), location);
			assert.equal(storage.canonical(location), location);
		},
	},
	{
		covers: ["F1"],
		name: "a root is its own canonical form, with its slash",
		async run({ storage }) {
			for (const root of storage.roots) {
				assert.ok(root.endsWith("/"));
				assert.equal(storage.canonical(root), root);
				assert.equal(storage.canonical(root.slice(0, -1)), root);
			}
		},
	},
	{
		covers: ["F2"],
		name: "refuses every spelling with a second reading",
		async run({ storage }) {
			for (const path of HOSTILE_PATHS)
				await refuses(
					"location-not-allowed",
					() => storage.canonical(`${storage.roots[0]}${path}`),
					JSON.stringify(path),
				);
		},
	},
	{
		covers: ["F2", "F7"],
		name: "refuses what is not at or below a root, names that begin alike included",
		async run({ storage, outside }) {
			const alike = `${storage.roots[0]?.slice(0, -1)}_other/a`;
			for (const location of [...outside, alike, "", "a", "/", "ftp://a/b"])
				await refuses(
					"location-not-allowed",
					() => storage.canonical(location),
					location,
				);
		},
	},
	{
		covers: ["F2", "F3", "F4", "F5"],
		name: "odd names are names: written, listed and read back as they are",
		async run(under) {
			const { storage } = under;
			const locations = ODD_PATHS.map((path) => at(under, `odd/${path}`));
			for (const location of locations)
				await storage.write(location, Buffer.from(location));
			for (const location of locations)
				assert.equal((await storage.read(location)).toString(), location);
			assert.deepEqual(
				await listed(storage, at(under, "odd")),
				[...locations].sort(),
			);
		},
	},
	{
		covers: ["F3"],
		name: "write never replaces, and the file stays as it was",
		async run(under) {
			const { storage } = under;
			const location = at(under, "once");
			await storage.write(location, BYTES);
			await refuses("already-exists", () =>
				storage.write(location, Buffer.from("other")),
			);
			assert.deepEqual(await storage.read(location), BYTES);
			assert.deepEqual(await listed(storage, at(under, "")), [location]);
		},
	},
	{
		covers: ["F3"],
		name: "of writers of one name at one time exactly one succeeds",
		async run(under) {
			const { storage } = under;
			const location = at(under, "race/one");
			const results = await Promise.allSettled(
				Array.from({ length: 16 }, (_, i) =>
					storage.write(location, Buffer.from(`writer ${i}`)),
				),
			);
			const winners = results.flatMap((r, i) =>
				r.status === "fulfilled" ? [i] : [],
			);
			assert.equal(winners.length, 1);
			assert.equal(
				(await storage.read(location)).toString(),
				`writer ${winners[0]}`,
			);
			assert.deepEqual(await listed(storage, at(under, "race")), [location]);
		},
	},
	{
		covers: ["F3", "F4"],
		name: "writes in new folders at one time, from empty to large, are all complete",
		async run(under) {
			const { storage } = under;
			const sizes = [0, 1, 4096, 70_000, 2_000_000];
			const files = sizes.flatMap((size, i) =>
				[0, 1, 2].map((j) => ({
					location: at(under, `deep/${i}/${j}/metadata/f`),
					bytes: Buffer.alloc(size, i + j + 1),
				})),
			);
			await Promise.all(
				files.map(({ location, bytes }) => storage.write(location, bytes)),
			);
			for (const { location, bytes } of files)
				assert.ok(bytes.equals(await storage.read(location)), location);
		},
	},
	{
		covers: ["F3", "F4"],
		name: "pieces are written one after the other, as they are at the time of the call",
		async run(under) {
			const { storage } = under;
			const location = at(under, "pieces");
			const pieces = ["", "one ", "two ", "x".repeat(200_000)].map((text) =>
				Buffer.from(text),
			);
			const whole = Buffer.concat(pieces);
			const written = storage.write(location, pieces);
			pieces[1]?.fill("-");
			await written;
			assert.ok(whole.equals(await storage.read(location)));
		},
	},
	{
		covers: ["F3", "F4"],
		name: "the bytes are those at the time of the call",
		async run(under) {
			const { storage } = under;
			const location = at(under, "mine");
			const bytes = Buffer.from("before");
			const written = storage.write(location, bytes);
			bytes.write("after.");
			await written;
			const read = await storage.read(location);
			assert.equal(read.toString(), "before");
			read.write("after.");
			assert.equal((await storage.read(location)).toString(), "before");
		},
	},
	{
		covers: ["F4"],
		name: "a missing file is not found, a folder neither",
		async run(under) {
			const { storage } = under;
			await storage.write(at(under, "folder/file"), BYTES);
			for (const path of ["none", "none/none", "folder", "folder/file/none"]) {
				const location = at(under, path);
				await refuses("file-not-found", () => storage.read(location), path);
				assert.equal(await storage.exists(location), false, path);
			}
			assert.equal(await storage.exists(at(under, "folder/file")), true);
		},
	},
	{
		covers: ["F5"],
		name: "list gives all below a folder, and nothing of names that begin alike",
		async run(under) {
			const { storage } = under;
			const inside = ["t/a", "t/data/b", "t/data/x/y/c"].map((p) =>
				at(under, p),
			);
			for (const path of ["t2/a", "t_/a", "ta", "u/t/a"])
				await storage.write(at(under, path), BYTES);
			for (const location of inside) await storage.write(location, BYTES);
			assert.deepEqual(await listed(storage, at(under, "t")), inside);
			assert.deepEqual(
				await listed(storage, forged(`${at(under, "t")}/`)),
				inside,
			);
			assert.deepEqual(await listed(storage, at(under, "none")), []);
			for await (const file of storage.list(at(under, "t")))
				assert.equal(file.sizeBytes, BYTES.length);
		},
	},
	{
		covers: ["F6"],
		name: "remove takes what it is given, missing files included, and nothing else",
		async run(under) {
			const { storage } = under;
			const [a, b, c] = ["t/a", "t/b", "t/d/c"].map((p) => at(under, p));
			assert.ok(a !== undefined && b !== undefined && c !== undefined);
			for (const location of [a, b, c]) await storage.write(location, BYTES);
			await storage.remove([a, at(under, "t/none"), at(under, "x/y"), c]);
			assert.deepEqual(await listed(storage, at(under, "")), [b]);
			await storage.remove([a, b]);
			assert.deepEqual(await listed(storage, at(under, "")), []);
		},
	},
	{
		covers: ["F6"],
		name: "removing a folder or a root removes no file",
		async run(under) {
			const { storage } = under;
			const location = at(under, "t/a");
			await storage.write(location, BYTES);
			const root = storage.roots[0];
			assert.ok(root !== undefined);
			await storage.remove([at(under, "t"), root]);
			assert.deepEqual(await storage.read(location), BYTES);
		},
	},
	{
		covers: ["F3", "F6"],
		name: "writes and removals in one folder at one time do not disturb each other",
		async run(under) {
			const { storage } = under;
			for (let round = 0; round < 20; round++) {
				const old = at(under, `busy/${round}/old`);
				const fresh = at(under, `busy/${round}/fresh`);
				await storage.write(old, BYTES);
				await Promise.all([storage.remove([old]), storage.write(fresh, BYTES)]);
				assert.deepEqual(await storage.read(fresh), BYTES);
				await storage.remove([fresh]);
			}
		},
	},
	{
		covers: ["F7", "F8"],
		name: "every access checks again that it stays below a root",
		async run(under) {
			const { storage } = under;
			const root = storage.roots[0] ?? "";
			const bad = [
				...under.outside,
				`${root}../other`,
				`${root}a/../../other`,
				`${root}a//b`,
				`${root}./a`,
				`${root}a\u0000`,
				`${root.slice(0, -1)}_other/a`,
			].map(forged);
			for (const location of bad) await refusesAllAccess(under, location);
		},
	},
	{
		covers: ["F9"],
		name: "close finishes what was accepted and refuses what comes later",
		async run(under) {
			const { storage } = under;
			const locations = Array.from({ length: 5 }, (_, i) =>
				at(under, `late/${i}`),
			);
			const writes = locations.map((location) =>
				storage.write(location, BYTES),
			);
			await storage.close();
			await Promise.all(writes);
			for (const location of locations)
				assert.deepEqual(await storage.read(location), BYTES);
			await refuses("unavailable", () =>
				storage.write(at(under, "late/x"), BYTES),
			);
			await storage.close();
		},
	},
];

async function refusesAllAccess(
	{ storage }: Parameters<StorageCase["run"]>[0],
	location: Location,
): Promise<void> {
	const accesses: Record<string, () => unknown> = {
		read: () => storage.read(location),
		write: () => storage.write(location, BYTES),
		exists: () => storage.exists(location),
		list: () => listed(storage, location),
		remove: () => storage.remove([location]),
	};
	for (const [name, access] of Object.entries(accesses))
		await refuses("location-not-allowed", access, `${name} ${location}`);
}
