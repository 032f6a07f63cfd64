import assert from "node:assert/strict";
import {
	mkdir,
	mkdtemp,
	readFile,
	realpath,
	rename,
	rm,
	symlink,
	writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { listed, refuses } from "../conformance/harness.ts";
import type { FileStorage, Location } from "../contract.ts";
import { openLocalStorage } from "./localStorage.ts";

const BYTES = Buffer.from("x");

for (const [what, target] of [
	["outside the roots", "../outside"],
	["elsewhere inside the root", "inside"],
	["itself", "link"],
] as const)
	test(`a folder that is a link to ${what} is refused on every access`, () =>
		inWarehouse(async ({ storage, root }) => {
			await symlink(target, join(root, "link"));
			for (const path of ["link/file", "link/new/file"])
				await refusesAll(storage, storage.canonical(`${root}/${path}`));
			await refuses("location-not-allowed", () =>
				listed(storage, storage.canonical(`${root}/link`)),
			);
			assert.equal(await readFile(join(root, "inside/file"), "utf8"), "inside");
			assert.equal(
				await readFile(join(root, "../outside/file"), "utf8"),
				"outside",
			);
		}));

test("a folder that becomes a link between two accesses is refused", () =>
	inWarehouse(async ({ storage, root }) => {
		const location = storage.canonical(`${root}/inside/one`);
		await storage.write(location, BYTES);
		await rename(join(root, "inside"), join(root, "../stolen"));
		await symlink("../stolen", join(root, "inside"));
		await refusesAll(storage, location);
		await refusesAll(storage, storage.canonical(`${root}/inside/two`));
		assert.deepEqual(await readFile(join(root, "../stolen/one")), BYTES);
	}));

test("a file that is a link is not read; it is listed, and removing it keeps what it names", () =>
	inWarehouse(async ({ storage, root }) => {
		await symlink("../../outside/file", join(root, "inside/link"));
		await symlink("../../outside", join(root, "inside/folder"));
		const location = storage.canonical(`${root}/inside/link`);
		await refuses("location-not-allowed", () => storage.read(location));
		await refuses("location-not-allowed", () => storage.exists(location));
		const folder = storage.canonical(`${root}/inside`);
		const names = ["file", "folder", "link"].map((n) => `${folder}/${n}`);
		assert.deepEqual(await listed(storage, folder), names);
		await storage.remove(names.map((name) => storage.canonical(name)));
		assert.deepEqual(await listed(storage, folder), []);
		assert.equal(
			await readFile(join(root, "../outside/file"), "utf8"),
			"outside",
		);
	}));

test("a link to nothing is not written through", () =>
	inWarehouse(async ({ storage, root }) => {
		await symlink("../outside/none", join(root, "dangling"));
		const location = storage.canonical(`${root}/dangling/file`);
		await assert.rejects(storage.write(location, BYTES));
		await refuses("file-not-found", () => storage.read(location));
		await refuses("already-exists", () =>
			storage.write(storage.canonical(`${root}/dangling`), BYTES),
		);
		await assert.rejects(readFile(join(root, "../outside/none")));
	}));

test("a list of locations with one that leads outside removes nothing", () =>
	inWarehouse(async ({ storage, root }) => {
		await symlink("../outside", join(root, "link"));
		const [good, bad] = ["inside/file", "link/file"].map((path) =>
			storage.canonical(`${root}/${path}`),
		);
		assert.ok(good !== undefined && bad !== undefined);
		await refuses("location-not-allowed", () => storage.remove([good, bad]));
		assert.equal(await storage.exists(good), true);
	}));

test("the root itself may be reached through a link, and keeps its name", () =>
	inWarehouse(async ({ root }) => {
		const alias = join(root, "../alias");
		await symlink(root, alias);
		const storage = await openLocalStorage({ roots: [alias] });
		const location = storage.canonical(`${alias}/inside/file`);
		assert.equal(location, `file://${alias}/inside/file`);
		assert.equal((await storage.read(location)).toString(), "inside");
		await refuses("location-not-allowed", () =>
			storage.canonical(`${root}/inside/file`),
		);
		await storage.close();
	}));

test("two roots that are one place through a link are refused at the start", () =>
	inWarehouse(async ({ root }) => {
		const alias = join(root, "../alias");
		await symlink(root, alias);
		for (const roots of [
			[root, alias],
			[alias, join(root, "inside")],
			[join(alias, "inside"), root],
		])
			await refuses("bad-request", () => openLocalStorage({ roots }));
		const nested = await openLocalStorage({
			roots: [root, join(root, "inside")],
		});
		const location = nested.canonical(`${root}/inside/file`);
		assert.equal((await nested.read(location)).toString(), "inside");
		await nested.close();
	}));

test("a root that clients would misread is refused at the start", async () => {
	for (const root of ["/", "/tmp/a?b", "/tmp/a#b", "/tmp/a%2Fb", "/dev/null/x"])
		await refuses("bad-request", () => openLocalStorage({ roots: [root] }));
	await refuses("bad-request", () => openLocalStorage({ roots: [] }));
});

async function refusesAll(
	storage: FileStorage,
	location: Location,
): Promise<void> {
	const refused = (run: () => unknown) => refuses("location-not-allowed", run);
	await refused(() => storage.read(location));
	await refused(() => storage.exists(location));
	await refused(() => storage.write(location, BYTES));
	await refused(() => storage.remove([location]));
	await refused(() => listed(storage, location));
}

async function inWarehouse(
	run: (at: { storage: FileStorage; root: string }) => Promise<void>,
): Promise<void> {
	const folder = await realpath(await mkdtemp(join(tmpdir(), "pangolin-")));
	const root = join(folder, "warehouse");
	for (const name of ["outside", "warehouse/inside"]) {
		await mkdir(join(folder, name), { recursive: true });
		await writeFile(join(folder, name, "file"), name.split("/").at(-1) ?? "");
	}
	const storage = await openLocalStorage({ roots: [root] });
	try {
		await run({ storage, root });
	} finally {
		await storage.close();
		await rm(folder, { recursive: true, force: true });
	}
}
