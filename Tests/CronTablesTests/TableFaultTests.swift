import CronJobs
import Crontabs
import Glibc
import Testing

@testable import CronTables

@Suite("What is wrong with the table's files") struct TableFaultTests {
    private func failure(_ place: FollowingPlace) async -> Int32? {
        await place.keeper.faults.failure(of: [place.table])?.code
    }

    @Test(
        "A file that cannot be used is said each time that it comes, and known while it lasts",
        arguments: ["fifo", "/dev/null", "/dev/zero", "folder"])
    func unusable(_ what: String) async throws {
        let place = try await FollowingPlace("1 * * * * one\n")
        defer { place.remove() }
        for round in 1...3 {
            unlink(place.table)
            switch what {
            case "fifo": mkfifo(place.table, 0o600)
            case "folder": mkdir(place.table, 0o700)
            default: symlink(what, place.table)
            }
            for _ in 0..<3 { _ = await place.keeper.check() }
            #expect(place.heard.count("unusableFile") == round)
            #expect(await failure(place) == 66)
            #expect(await place.keeper.faults.reasons == ["table: \(place.table) is not a regular file"])
            if unlink(place.table) != 0 { rmdir(place.table) }
            try place.write("1 * * * * one\n")
            _ = await place.keeper.check()
            #expect(await place.keeper.faults == TableFaults())
        }
        #expect(await place.revisions() == 1)
    }

    @Test("So is a table that is refused, also with the same content as before") func refused() async throws {
        let place = try await FollowingPlace("1 * * * * one\n")
        defer { place.remove() }
        for round in 1...2 {
            try place.write("1 * * * * \u{1}\n")
            for _ in 0..<3 { #expect(await place.checked() == nil) }
            #expect(place.heard.refusals == Array(repeating: .init(isNamed: true, hasOther: true), count: round))
            #expect(await failure(place) == 65)
            #expect(await place.keeper.faults.reasons.count == 1)
            try place.write("1 * * * * one\n")
            #expect(await place.checked() == nil)
            #expect(await failure(place) == nil)
        }
    }

    @Test("A table that a start refused stays refused until it is another") func refusedAtStart() async throws {
        let first = try await FollowingPlace("1 * * * * one\n")
        defer { first.remove() }
        try first.write("1 * * * * \u{1}\n")
        let place = try await FollowingPlace(nil, beside: first)
        #expect(await failure(place) == 65)
        #expect(await place.checked() == nil)
        #expect(await failure(place) == 65)
        #expect(place.heard.count("notUsed") == 1)
        try place.write("2 * * * * two\n")
        #expect(await place.checked() == ["two"])
        #expect(await failure(place) == nil)
    }

    @Test("So is a file that is gone") func gone() async throws {
        let place = try await FollowingPlace("1 * * * * one\n")
        defer { place.remove() }
        for round in 1...2 {
            unlink(place.table)
            for _ in 0..<3 { #expect(await place.checked() == nil) }
            #expect(place.heard.count("deleted") == round)
            #expect(await failure(place) == 66)
            try place.write("1 * * * * one\n")
            #expect(await place.checked() == nil)
            #expect(await failure(place) == nil)
        }
    }

    @Test("A file that could not be used and then is gone takes no job away either") func goneAfterUnusable() async throws {
        let place = try await FollowingPlace("1 * * * * one\n")
        defer { place.remove() }
        unlink(place.table)
        mkfifo(place.table, 0o600)
        #expect(await place.checked() == nil)
        unlink(place.table)
        for _ in 0..<3 {
            #expect(await place.checked() == nil)
            place.clocks.move(5)
        }
        #expect(await failure(place) == 66)
        #expect(await place.revisions() == 1)
    }

    @Test("Bad lines are counted while they are there") func badLines() async throws {
        let place = try await FollowingPlace("61 * * * * bad\n1 * * * * one\n")
        defer { place.remove() }
        #expect(await place.keeper.badLines == 1)
        try place.write("61 * * * * bad\n61 * * * * worse\n2 * * * * two\n")
        #expect(await place.checked() != nil)
        #expect(await place.keeper.badLines == 2)
        #expect(await failure(place) == nil)
        try place.write("2 * * * * two\n")
        #expect(await place.checked() == ["two"])
        #expect(await place.keeper.badLines == 0)
    }

    @Test("A file that was refused and is right again is listed as it was before") func rightAgain() async throws {
        let place = try await FollowingPlace("1 * * * * one\n")
        defer { place.remove() }
        #expect(await place.keeper.tableFiles().map(\.use) == [.asFound])
        try place.write("\u{1}")
        #expect(await place.checked() == nil)
        #expect(await place.keeper.tableFiles().map(\.use) == [.refused])
        try place.write("1 * * * * one\n")
        #expect(await place.checked() == nil)
        #expect(await place.keeper.tableFiles().map(\.use) == [.asFound])
    }

    // MARK: Drop-in files

    private func withDropIns(_ body: (FollowingPlace, _ dropIn: String) async throws -> Void) async throws {
        let place = try await FollowingPlace("1 * * * * one\n") {
            mkdir("\($0)/drop", 0o755)
            return TableSource(files: ["\($0)/table"], dropInFolders: ["\($0)/drop"], format: .user)
        }
        defer { place.remove() }
        try await body(place, "\(place.path)/drop/one")
    }

    @Test(
        "A drop-in file that cannot be used is said each time, and the others are used",
        arguments: ["fifo", "/dev/zero", "/nonexistent/file", "one"])
    func dropIn(_ what: String) async throws {
        try await withDropIns { place, dropIn in
            for round in 1...3 {
                if what == "fifo" { mkfifo(dropIn, 0o600) } else { symlink(what, dropIn) }
                for _ in 0..<3 { _ = await place.keeper.check() }
                #expect(place.heard.count("unusableFile") == round)
                #expect(await place.keeper.faults.problems.map(\.path) == [dropIn])
                #expect(await failure(place) == nil)
                unlink(dropIn)
                _ = await place.keeper.check()
                #expect(await place.keeper.faults == TableFaults())
            }
            try place.write("2 * * * * two\n", to: "drop/two")
            if what == "fifo" { mkfifo(dropIn, 0o600) } else { symlink(what, dropIn) }
            #expect(await place.checked() == ["one", "two"])
        }
    }

    @Test("A drop-in file that is masked by a link to /dev/null has no jobs, and no fault") func mask() async throws {
        try await withDropIns { place, dropIn in
            try place.write("2 * * * * two\n", to: "drop/one")
            #expect(await place.checked() == ["one", "two"])
            unlink(dropIn)
            symlink("/dev/null", dropIn)
            guard case .changed(let table) = await place.keeper.check() else { return #expect(Bool(false), "the mask is noticed") }
            #expect(table.compiled.jobs.map(\.command?.text) == ["one"])
            #expect(await place.keeper.faults == TableFaults())
            guard case .unchanged = await place.keeper.check() else { return #expect(Bool(false), "and looked at once") }
            unlink(dropIn)
            #expect(await place.checked() == nil)
        }
    }

    @Test("A drop-in link whose file goes away is like a file that goes away") func dangling() async throws {
        try await withDropIns { place, dropIn in
            try place.write("2 * * * * two\n", to: "target")
            symlink("\(place.path)/target", dropIn)
            #expect(await place.checked() == ["one", "two"])
            unlink("\(place.path)/target")
            #expect(await place.checked() == ["one"])
            #expect(place.heard.count("unusableFile") == 1)
        }
    }
}
