import CronExpressions
import CronJobs
import Crontabs
import Glibc
import Testing

@Suite("What is said about directives is true")
struct DirectiveHelp {
    /// The rows of a document's table whose first cell is `key`, without the head.
    private static func table(of document: String) throws -> [[String]] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(root)/docs/manual/\(document)", "r"), "docs/manual/\(document) cannot be read")
        defer { fclose(file) }
        var text: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let rows = lines.drop { $0.trimmed != "| key | value | default |" }.dropFirst(2).prefix { $0.trimmed.hasPrefix("|") }
        return rows.map { row in row.split(separator: "|").map { $0.trimmed }.filter { !$0.isEmpty } }
    }

    @Test("The manual's table has each key with the help that the program has") func manual() throws {
        let written = try Self.table(of: "crontab.md")
        let known = Directive.all.map { directive in
            let standard =
                switch directive.standard {
                case .value(let value): "`\(value)`"
                case .words(let words): words
                }
            return ["`\(directive.key)`", "\(directive.form): \(directive.meaning)", standard]
        }
        #expect(written == known)
    }

    @Test("Every key of the dialect is honoured or refused by name, and no other") func dialect() throws {
        let keys = try Self.table(of: "dialect.md").flatMap { $0[0].split(separator: ",").map { $0.trimmed } }
        #expect(keys.count > 40)
        // The table is about entries; what a whole file is read as stands above it.
        #expect(Set(keys) == Set(Directive.all.map(\.key)).subtracting(["dialect"]))
    }

    @Test("A default is what an entry without the key has") func defaults() throws {
        for directive in Directive.all {
            guard case .value(let value) = directive.standard else { continue }
            let table = read("# crond: \(directive.key)=\(value)\n0 0 * * * root x")
            #expect(table.diagnostics.isEmpty, "\(directive.key): \(table.diagnostics.map(\.rendered))")
            #expect(table.entries.first?.policies.values == JobPolicies.standard.values, "\(directive.key)")
        }
    }

    @Test("A wrong value is told what the key takes", arguments: Directive.all.map(\.key).filter { $0 != "tz" && $0 != "dialect" })
    func wrongValue(_ key: String) throws {
        let directive = try #require(Directive.all.first { $0.key == key })
        let message = read("# crond: \(key)=\"? ?\"\n0 0 * * * root x").errors.first
        #expect(message == "\(key)= takes \(directive.form.filter { $0 != "`" }), not “? ?”")
    }

    @Test("Neighbours that set the same share their policies; who sets none has the usual ones") func shared() {
        let table = read(
            """
            # crond: overlap=skip name=a
            0 0 * * * root a
            # crond: name=b overlap=skip
            0 0 * * * root b
            # crond: name=c overlap=allow tz=UTC
            0 0 * * * root c
            0 0 * * * root d%input
            """)
        #expect(table.entries.map(\.command) == ["a", "b", "c", "d"])
        #expect(table.entries[0].policies === table.entries[1].policies && table.entries[0].policies !== JobPolicies.standard)
        #expect(table.entries[2].policies === JobPolicies.standard && table.entries[3].policies === JobPolicies.standard)
    }
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
