import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PangolinError } from "../model/errors.ts";
import { brandId, DEFAULT_TENANT_ID } from "../model/ids.ts";
import type { Properties, Warehouse } from "../model/registry.ts";
import type { Location } from "./contract.ts";
import { openMemoryStorage } from "./memory/memoryStorage.ts";
import { narrow } from "./narrow.ts";
import {
	DEFAULT_STORAGE_CONFIG,
	openWarehouseStorages,
} from "./warehouseStorages.ts";

function location(path: string): Location {
	return `memory://all/${path}` as Location;
}

/** One storage with the folders of a server: `data` for the default, `own` for others, `open` by the operator. */
function openAll(acceptedFolders: readonly Location[] = [location("open/")]) {
	return openWarehouseStorages(
		{
			storage: openMemoryStorage("memory://all/"),
			defaultFolders: [location("data/"), ...acceptedFolders],
			parentFolder: location("own/"),
			acceptedFolders,
		},
		undefined,
	);
}

function warehouse(storageConfig: Properties): Warehouse {
	return {
		id: brandId("11111111-1111-7111-8111-111111111111"),
		tenant: DEFAULT_TENANT_ID,
		name: "w",
		storageConfig,
		useSts: false,
		vendingStrategy: null,
	};
}

function refusal(code: PangolinError["code"]) {
	return (error: unknown) =>
		error instanceof PangolinError && error.code === code;
}

describe("the files of a warehouse", () => {
	it("lie in the data folder and in what the operator opened, for the default one", () => {
		const storage = openAll().storageFor(warehouse(DEFAULT_STORAGE_CONFIG));
		assert.deepEqual(storage.roots, [location("data/"), location("open/")]);
	});

	it("lie in a folder of its own for every other one", async () => {
		const storage = openAll().storageFor(warehouse({ type: "local" }));
		assert.deepEqual(storage.roots, [
			location("own/11111111-1111-7111-8111-111111111111/"),
		]);
		const foreign = location("data/t/metadata/0.json");
		assert.throws(
			() => storage.canonical(foreign),
			refusal("location-not-allowed"),
		);
		await assert.rejects(
			storage.read(foreign),
			refusal("location-not-allowed"),
		);
		await assert.rejects(
			storage.write(foreign, Buffer.of(1)),
			refusal("location-not-allowed"),
		);
		await assert.rejects(
			storage.remove([foreign]),
			refusal("location-not-allowed"),
		);
		assert.throws(
			() => storage.list(location("data")),
			refusal("location-not-allowed"),
		);
	});

	it("do not reach a folder whose name merely begins alike", () => {
		const storage = narrow(openMemoryStorage("memory://all/"), [location("a")]);
		assert.equal(storage.canonical(location("a/x")), location("a/x"));
		assert.throws(
			() => storage.canonical(location("ab/x")),
			refusal("location-not-allowed"),
		);
	});

	it("may lie where the operator accepts it", () => {
		const all = openAll();
		const config = { type: "local", folder: location("open/w") };
		all.checkConfig(config);
		assert.deepEqual(all.storageFor(warehouse(config)).roots, [
			location("open/w/"),
		]);
	});

	it("may lie nowhere else", () => {
		for (const folder of [
			location("data"),
			location("own"),
			location("open/../data"),
			"/etc",
			DEFAULT_STORAGE_CONFIG.folder ?? "",
		]) {
			assert.throws(
				() => openAll().checkConfig({ type: "local", folder }),
				refusal("location-not-allowed"),
				folder,
			);
		}
		assert.throws(
			() => openAll([]).checkConfig({ folder: location("open") }),
			refusal("location-not-allowed"),
		);
	});

	it("are of a type that this server has", () => {
		for (const config of [
			{ type: "s3" },
			{ "s3.bucket": "b" },
			{ type: "memory" },
			{ type: "local", path: "/x" },
		]) {
			assert.throws(
				() => openAll().checkConfig(config),
				refusal("bad-request"),
			);
		}
		openAll().checkConfig({});
		openAll().checkConfig({ type: "local" });
	});
});
