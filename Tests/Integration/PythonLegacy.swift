// tidy: helper
internal import Glibc

/// What the legacy service does with its table and its cache, done by the library that it uses: python-crontab, as Scripts/bootstrap puts
/// it into `.build-python`.
final class PythonLegacy: Sendable {
    private static let library = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/.build-python"
    static let isThere = access("\(library)/crontab.py", R_OK) == 0

    private static let program = """
        import hashlib, json, sys
        from crontab import CronTab
        def mark(row): return "crondServiceTask-" + hashlib.md5(",".join(row).encode("utf-8")).hexdigest()[8:-8]
        verb, path = sys.argv[1:]
        if verb == "ids":
            print("\\n".join(mark(row) for row in json.load(sys.stdin)))
            sys.exit()
        table = CronTab(tabfile=path, user=False)
        if verb == "read":
            rows = [[str(j.minute), str(j.hour), str(j.dom), str(j.month), str(j.dow), j.user, j.command] for j in table]
            sys.stdout.write(json.dumps(rows))
        else:
            for row in json.load(sys.stdin):
                job = table.new(command=row[6], comment=f"crond service {mark(row)}", user=row[5])
                job.setall(" ".join(row[:5]))
            table.write()
        """

    let folder: String

    init() throws {
        var template = Array("/tmp/cron-legacy-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Complaint("mkdtemp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try write("program.py", Array(Self.program.utf8))
    }

    deinit { removeTree(folder) }

    /// The cache that it writes for a table.
    func cache(of table: String) throws -> [UInt8] {
        try write("table", Array(table.utf8))
        return try run("read", input: [])
    }

    /// The ids that it gives to the rows of a cache.
    func ids(of cache: [UInt8]) throws -> [String] {
        String(decoding: try run("ids", input: cache), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The table that it restores from a cache where there is none.
    func table(from cache: [UInt8]) throws -> String {
        try write("table", [])
        _ = try run("write", input: cache)
        return String(decoding: try read("table"), as: UTF8.self)
    }

    private func run(_ verb: String, input: [UInt8]) throws -> [UInt8] {
        try write("in", input)
        try Shell.run("cd \"$0\"; PYTHONPATH=\"$1\" python3 program.py \(verb) table <in >out", [folder, Self.library])
        return try read("out")
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        guard let file = fopen("\(folder)/\(name)", "w") else { throw Complaint("\(name) cannot be written") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Complaint("\(name) cannot be written") }
    }

    func read(_ name: String) throws -> [UInt8] {
        guard let file = fopen("\(folder)/\(name)", "r") else { throw Complaint("\(name) cannot be read") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        bytes.removeSubrange(fread(&bytes, 1, bytes.count, file)...)
        return bytes
    }
}
