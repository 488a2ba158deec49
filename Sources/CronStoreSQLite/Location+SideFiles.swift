internal import CSQLite
internal import CronExpressions
internal import CronJobs
internal import Glibc

// What SQLite and we put beside the store. Where the store's own file is missing, a log beside its name may be all that is left of one, and what
// another program left there would be taken for a part of ours.
//
//      log, journal        set aside once the store is made: nobody loses what it holds
//      shared memory,
//      half a store        removed: they hold nothing
//      anything else       stays, and no store is made there

extension Location {
    static let sides = ["-wal", "-shm", "-journal", ".reserve", ".again"]

    /// Throws where a file beside the store is not ours.
    func inspectSides() throws(StoreError) {
        dropSecondName()
        for side in Self.sides { _ = try PlainFile.facts(of: path + side) }
    }

    /// A life that ended between giving the store's file its name and taking away the one under which it was made left both.
    private func dropSecondName() {
        var file = stat(), copy = stat()
        guard lstat(path, &file) == 0, lstat(path + ".again", &copy) == 0 else { return }
        if file.st_ino == copy.st_ino, file.st_dev == copy.st_dev { unlink(path + ".again") }
    }

    /// The logs beside the name of a store that is to be made. Throws where something else lies there that SQLite would take for a part of it.
    func loneLogs() throws(StoreError) -> [String] {
        var logs: [String] = []
        for side in Self.sides where side != ".reserve" {
            guard let file = try PlainFile(path + side) else { continue }
            if Self.isLog(side, file) {
                logs.append(path + side)
            } else if !Self.holdsNothing(side, file) {
                throw StoreError(.refused, "\(path)\(side): is no part of a store, and would be lost where one is made: move it away")
            }
        }
        return logs
    }

    /// Puts the logs away, and removes what holds nothing; where the logs are now.
    func clearSides(logs: [String], now: WallTime) throws(StoreError) -> [String] {
        var aside: [String] = []
        for log in logs {
            let target = Self.unused("\(log).alone-\(now.instant.seconds)")
            guard rename(log, target) == 0 else { throw Self.failure(errno, log) }
            aside.append(target)
        }
        for side in ["-wal", "-shm", "-journal"] { unlink(path + side) }
        return aside
    }

    /// Removes the unfinished file of an earlier life that was to get the store's name.
    func dropCopy() throws(StoreError) {
        if let file = try PlainFile(path + ".again"), !Self.holdsNothing(".again", file) {
            throw StoreError(.refused, "\(path).again: is no part of a store, and would be lost where one is made: move it away")
        }
        for side in ["", "-journal"] { unlink(path + ".again" + side) }
    }

    /// Something else that begins with this name, and that nothing has.
    static func unused(_ base: String) -> String {
        var name = base, copy = 1
        while isThere(name) {
            copy += 1
            name = "\(base)-\(copy)"
        }
        return name
    }

    private static func isLog(_ side: String, _ file: PlainFile) -> Bool {
        let start = file.bytes(at: 0, count: 4)
        switch side {
        case "-wal": return start == [0x37, 0x7F, 0x06, 0x82] || start == [0x37, 0x7F, 0x06, 0x83]
        case "-journal": return start == [0xD9, 0xD5, 0x05, 0xF9]
        default: return false
        }
    }

    /// Whether it is a part of a store that says nothing about the past, or one that was never written to its end: that begins with zeros.
    private static func holdsNothing(_ side: String, _ file: PlainFile) -> Bool {
        let start = file.bytes(at: 0, count: 16)
        // What cannot be read may hold anything.
        guard start.count == min(16, file.size) else { return false }
        if start.allSatisfy({ $0 == 0 }) { return true }
        switch side {
        // The version of its layout, as the machine writes numbers.
        case "-shm": return Array(start.prefix(4)) == withUnsafeBytes(of: UInt32(3_007_000)) { Array($0) }
        case ".again": return start == Array("SQLite format 3\0".utf8)
        default: return false
        }
    }
}
