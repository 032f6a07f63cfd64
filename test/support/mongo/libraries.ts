import { spawnSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** What the engine and Node need beside themselves. */
const PACKAGES = ["libc6", "libstdc++6", "libgcc-s1", "libatomic1"];
const LIBRARIES = "usr/lib/x86_64-linux-gnu";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * The start of the command that runs Node so that it can load the engine, which
 * needs glibc 2.38: Node itself, or where the system is older Debian 13's loader
 * and libraries, fetched as packages into `.cache` and used by this process alone.
 * @throws when the packages cannot be fetched
 */
export function nodeForEngine(root: string): readonly [string, ...string[]] {
	if (hasNewGlibc()) return [process.execPath];
	const folder = join(root, ".cache", "debian13");
	if (!existsSync(folder)) fetchLibraries(folder);
	const libraries = join(folder, LIBRARIES);
	const loader = join(libraries, "ld-linux-x86-64.so.2");
	return [loader, "--library-path", libraries, process.execPath];
}

function hasNewGlibc(): boolean {
	const report = process.report.getReport() as {
		header?: { glibcVersionRuntime?: string };
	};
	const [major = 0, minor = 0] = (report.header?.glibcVersionRuntime ?? "")
		.split(".")
		.map(Number);
	return major > 2 || (major === 2 && minor >= 38);
}

/** Where this machine gets Debian's packages from. @throws when it does not */
function debianMirror(): string {
	const asked = ["--format", "$(REPO_URI)", "Created-By: Packages"];
	const { stdout } = spawnSync("apt-get", ["indextargets", ...asked], {
		encoding: "utf8",
	});
	const mirror = (stdout ?? "")
		.split("\n")
		.find((uri) => /\/debian\/?$/.test(uri));
	if (mirror !== undefined) return mirror;
	throw new Error(
		"MongoDB's engine needs glibc 2.38 or, on an older system, a source of Debian's packages for apt",
	);
}

function fetchLibraries(folder: string): void {
	process.stdout.write("fetching Debian 13's C library for MongoDB's engine\n");
	const work = `${folder}.${process.pid}`;
	const under = (...parts: string[]) => {
		const path = join(work, ...parts);
		mkdirSync(path, { recursive: true });
		return path;
	};
	const sources = join(under("etc"), "sources.list");
	writeFileSync(
		sources,
		`deb [signed-by=${KEYRING}] ${debianMirror()} trixie main\n`,
	);
	under("state", "lists", "partial");
	under("cache", "archives", "partial");
	const apt = [
		`-oDir::Etc::sourcelist=${sources}`,
		"-oDir::Etc::sourceparts=-",
		`-oDir::State=${join(work, "state")}`,
		`-oDir::State::status=/dev/null`,
		`-oDir::Cache=${join(work, "cache")}`,
		"-oAPT::Sandbox::User=root",
		"-oAcquire::Languages=none",
		"-qq",
	];
	const debs = under("debs");
	must("apt-get", [...apt, "update"], debs);
	must("apt-get", [...apt, "download", ...PACKAGES], debs);
	const tree = under("tree");
	must(
		"sh",
		["-c", `for deb in *.deb; do dpkg-deb -x "$deb" '${tree}'; done`],
		debs,
	);
	if (!existsSync(folder)) renameSync(tree, folder);
	rmSync(work, { recursive: true, force: true });
}

function must(command: string, args: readonly string[], cwd: string): void {
	const { status, error } = spawnSync(command, args, {
		cwd,
		stdio: ["ignore", "inherit", "inherit"],
	});
	if (error !== undefined) throw error;
	if (status !== 0)
		throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
}
