import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReport, verdict } from "./report.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="JUnit Jupiter" tests="4" skipped="1" failures="1" errors="1">
<testcase name="createTable()" classname="org.apache.iceberg.rest.RESTCompatibilityKitCatalogTests" time="0.1">
<system-out><![CDATA[unique-id: x]]></system-out>
</testcase>
<testcase name="renameTable(int)[2]" classname="org.apache.iceberg.rest.RESTCompatibilityKitCatalogTests" time="0.1">
<failure message="Expecting &lt;1&gt;&#10;&#10;to be &quot;2&quot;" type="java.lang.AssertionError"><![CDATA[trace]]></failure>
</testcase>
<testcase name="loadView()" classname="org.apache.iceberg.rest.RESTCompatibilityKitViewCatalogTests" time="0">
<error type="x"><![CDATA[first
second]]></error></testcase>
<testcase name="unique()" classname="org.apache.iceberg.rest.RESTCompatibilityKitViewCatalogTests" time="0">
<skipped><![CDATA[why]]></skipped></testcase>
</testsuite>`;

describe("the report of the compatibility kit", () => {
	it("is read as JUnit writes it", () => {
		assert.deepEqual(
			parseReport(REPORT).map(({ name, outcome, message }) => [
				name,
				outcome,
				message.split(/\n\s*/),
			]),
			[
				["CatalogTests.createTable()", "passed", [""]],
				[
					"CatalogTests.renameTable(int)[2]",
					"failed",
					["Expecting <1>", 'to be "2"'],
				],
				["ViewCatalogTests.loadView()", "failed", ["first", "second"]],
				["ViewCatalogTests.unique()", "disabled", ["why"]],
			],
		);
	});

	it("tells listed failures from others, and listed ones that pass", () => {
		const { failed, allowed, unexpectedlyPassed } = verdict(
			parseReport(REPORT),
			new Map([
				["CatalogTests.renameTable(int)[2]", "because"],
				["CatalogTests.createTable()", "no longer"],
			]),
		);
		assert.deepEqual(
			failed.map(({ name }) => name),
			["ViewCatalogTests.loadView()"],
		);
		assert.deepEqual(
			allowed.map(({ reason }) => reason),
			["because"],
		);
		assert.deepEqual(
			unexpectedlyPassed.map(({ name }) => name),
			["CatalogTests.createTable()"],
		);
	});
});
