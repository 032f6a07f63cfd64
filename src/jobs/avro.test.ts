import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { manifest, manifestList } from "../../test/support/avro.ts";
import { liveFilesIn, manifestsIn } from "../iceberg/reached.ts";
import { readAvro, Unreadable } from "./avro.ts";

const FILES = ["file:///w/t/a", "file:///w/t/b ü", "file:///w/t/c"];

describe("an Avro file", () => {
	for (const codec of ["null", "deflate", "zstandard"])
		test(`is read to its end with the codec ${codec}`, async () => {
			const list = await readAvro(manifestList(FILES, codec));
			assert.deepEqual(manifestsIn(list), FILES);
			const entries = await readAvro(manifest(["x", "-y", "z"], codec));
			assert.deepEqual(liveFilesIn(entries), ["x", "z"]);
		});

	test("without records is empty", async () => {
		assert.deepEqual(await readAvro(manifest([])), []);
	});

	test("with another codec is refused", async () => {
		await assert.rejects(readAvro(manifest(FILES, "snappy")), {
			name: "Unreadable",
			message: /snappy/,
		});
	});

	test("that is cut off anywhere within a block is refused", async () => {
		const whole = manifest(FILES);
		const empty = manifest([]).length;
		let refused = 0;
		for (let length = 0; length < whole.length; length++) {
			const files = await readAvro(whole.subarray(0, length)).then(
				(records) => records.length,
				(error) => {
					assert.ok(error instanceof Unreadable);
					refused++;
				},
			);
			assert.ok(files === undefined || length >= empty);
		}
		// A cut between two blocks is no different from a shorter file.
		assert.equal(refused, whole.length - FILES.length);
	});

	test("with a changed byte in a block is refused or reads as that many records", async () => {
		const whole = manifest(FILES, "null");
		const start = manifest([], "null").length;
		for (let at = start; at < whole.length; at++) {
			const bytes = Buffer.from(whole);
			bytes[at] = (bytes[at] ?? 0) ^ 0x40;
			const records = await readAvro(bytes).catch((error) => {
				assert.ok(error instanceof Unreadable, String(error));
			});
			if (records !== undefined) assert.equal(records.length, FILES.length);
		}
	});

	test("is nothing else", async () => {
		for (const bytes of ["", "Obj", "PAR1 and more", "{}"])
			await assert.rejects(readAvro(Buffer.from(bytes)), {
				name: "Unreadable",
			});
	});
});
