public import CronJobs

// The table's past. Contents are stored once each, however many revisions hold them: found by checksum, compared byte for byte. A
// revision's own checksum covers its number, hash, paths and the checksums of its contents, so that a changed byte anywhere shows.

extension SQLiteStore {
    private static let rows = "SELECT number, created, origin, hash, sum, signature, host, author FROM revision "

    /// Oldest first; one whose stored bytes are damaged is not `intact`.
    public func revisions() throws(StoreError) -> [Revision] {
        let connection = try reader()
        let damaged = try Self.damagedContents(of: nil, in: connection)
        var revisions: [Revision] = []
        try connection.statement(Self.rows + "ORDER BY number").each { row throws(StoreError) in
            revisions.append(try Self.revision(row, damaged: damaged, in: connection))
        }
        return revisions
    }

    /// `nil` as long as nothing was published.
    public func newestRevision() throws(StoreError) -> Revision? { try Self.newest(in: reader()) }

    /// One look into the primary key.
    public func newestNumber() throws(StoreError) -> Int? {
        try reader().statement("SELECT max(number) FROM revision").first { row in row.int(0) }.flatMap { $0 }.map { Int($0) }
    }

    /// Without its files.
    public func revision(_ number: Int) throws(StoreError) -> Revision? { try Self.revision(number, in: reader()) }

    /// Throws `corrupt` for a revision that is not intact: its bytes must not be applied.
    public func files(of revision: Int) throws(StoreError) -> [TableFile]? {
        let connection = try reader()
        guard let found = try Self.revision(revision, in: connection) else { return nil }
        guard found.intact else { throw StoreError(.corrupt, "\(path): the stored bytes of revision \(revision) are damaged") }
        var files: [TableFile] = []
        try connection.statement("SELECT path, bytes, attributes FROM file JOIN content ON content=id WHERE revision=? ORDER BY position")
            .each(.int(revision)) { row in
                let attributes = row.text(2).flatMap { FileAttributes($0) }
                files.append(TableFile(path: row.text(0) ?? "", content: row.bytes(1), attributes: attributes))
            }
        return files
    }

    /// A newest revision that is damaged does not count as the same, so that a good copy of it can be stored again.
    public func append(
        _ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime, terms: RevisionTerms
    ) throws(StoreError) -> Revision {
        try write { connection throws(StoreError) in
            let newest = try Self.newest(in: connection)
            try terms.check(newest: newest?.number)
            if let newest, terms.isMet(by: newest, hash: hash) { return newest }
            guard let number = terms.number(after: newest?.number) else {
                throw StoreError(.corrupt, "\(path): the stored revision number cannot grow any more")
            }
            let signature = terms.signer?.signature(number: number, hash: hash)
            let insert = try connection.statement("INSERT INTO file(revision, position, path, content, attributes) VALUES(?, ?, ?, ?, ?)")
            var sum = Self.header(Int64(number), hash)
            for (position, file) in files.enumerated() {
                let content = try Self.store(file.content, in: connection)
                sum.add(file.path)
                sum.add(content.sum)
                try insert.run(.int(number), .int(position), .text(file.path), .int(content.id), .text(file.attributes?.text))
            }
            try connection.statement(
                "INSERT INTO revision(number, created, origin, hash, sum, signature, host, author) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
            ).run(
                .int(number), .int(now.nanoseconds), .text(origin.rawValue), .text(hash), .int(sum.value), .text(signature),
                .text(terms.host), .text(terms.author))
            if let base = terms.base { try Meta.set("deployment", .text(base), in: connection) }
            try note(.tableChanged(revision: number), at: now, in: connection)
            return Revision(
                number: number, createdAt: now, origin: origin, hash: hash, signature: signature, host: terms.host, author: terms.author)
        }
    }

    /// No checksum covers them.
    public func note(_ attributes: [String: FileAttributes], of revision: Int) throws(StoreError) {
        try write { connection throws(StoreError) in
            let update = try connection.statement("UPDATE file SET attributes=? WHERE revision=? AND path=?")
            for (path, attributes) in attributes { try update.run(.text(attributes.text), .int(revision), .text(path)) }
        }
    }

    /// As they were set: nobody reads them here.
    public func bases(of host: String) throws(StoreError) -> StoredBases {
        let connection = try reader()
        let own = try connection.statement("SELECT text FROM base WHERE host=?").first(.text(host)) { row in row.text(0) } ?? nil
        return StoredBases(
            host: own, deployment: try Meta.text("deployment", in: connection), earlier: try Meta.text("baseline", in: connection))
    }

    /// Forgets hosts beyond number and age (`StoredBases`) in the same transaction.
    public func setBase(_ text: String, of host: String, now: WallTime) throws(StoreError) {
        try write { connection throws(StoreError) in
            try connection.statement(
                "INSERT INTO base(host, at, text) VALUES(?, ?, ?) ON CONFLICT(host) DO UPDATE SET at=excluded.at, text=excluded.text"
            ).run(.text(host), .int(now.nanoseconds), .text(text))
            try connection.statement("DELETE FROM base WHERE at<?").run(.int((now - StoredBases.longest).nanoseconds))
            try connection.statement("DELETE FROM base WHERE host NOT IN (SELECT host FROM base ORDER BY at DESC LIMIT ?)")
                .run(.int(StoredBases.mostHosts))
        }
    }

    /// `nil` where none was kept, or what stands there is none.
    public func seed() throws(StoreError) -> TableSeed? { try Meta.text("seed", in: reader()).flatMap { TableSeed(stored: $0) } }

    /// The first that is there stays, and is answered.
    public func offer(_ seed: TableSeed) throws(StoreError) -> TableSeed {
        if let known = try self.seed() { return known }
        return try keep(seed)
    }

    /// The heavier of the two stays: nobody else writes between the look and the write.
    public func keep(_ seed: TableSeed) throws(StoreError) -> TableSeed {
        if let known = try self.seed(), known.weight >= seed.weight { return known }
        return try write { connection throws(StoreError) in
            try Meta.set("seed", .text(seed.stored), in: connection)
            return seed
        }
    }

    private static func revision(_ number: Int, in connection: Connection) throws(StoreError) -> Revision? {
        try connection.statement(rows + "WHERE number=?")
            .first(.int(number)) { row throws(StoreError) in
                try revision(row, damaged: try damagedContents(of: row.number(0), in: connection), in: connection)
            }
    }

    private static func newest(in connection: Connection) throws(StoreError) -> Revision? {
        try connection.statement(rows + "ORDER BY number DESC LIMIT 1")
            .first { row throws(StoreError) in
                try revision(row, damaged: try damagedContents(of: row.number(0), in: connection), in: connection)
            }
    }

    private static func revision(_ row: Row, damaged: Set<Int64>, in connection: Connection) throws(StoreError) -> Revision {
        let number = row.number(0), hash = row.text(3) ?? ""
        let origin = row.text(2).flatMap { RevisionOrigin(rawValue: $0) }
        var sum = header(number, hash), isComplete = true
        // A left join: a file whose content is missing must show.
        try connection.statement("SELECT path, content, sum FROM file LEFT JOIN content ON content=id WHERE revision=? ORDER BY position")
            .each(.int(number)) { row in
                sum.add(row.text(0) ?? "")
                sum.add(row.number(2))
                if row.int(2) == nil || damaged.contains(row.number(1)) { isComplete = false }
            }
        return Revision(
            number: Int(number), createdAt: WallTime(nanoseconds: row.number(1)), origin: origin ?? .deployed, hash: hash,
            intact: isComplete && origin != nil && sum.value == row.number(4), signature: row.text(5), host: row.text(6),
            author: row.text(7))
    }

    /// Contents whose bytes do not have their checksum, of one revision or of all.
    private static func damagedContents(of revision: Int64?, in connection: Connection) throws(StoreError) -> Set<Int64> {
        let sql =
            revision == nil
            ? "SELECT id, sum, bytes FROM content WHERE ?1 IS NULL"
            : "SELECT id, sum, bytes FROM content WHERE id IN (SELECT content FROM file WHERE revision=?1)"
        var damaged: Set<Int64> = []
        try connection.statement(sql).each(.int(revision)) { row in
            if Checksum.of(row.bytes(2)) != row.number(1) { damaged.insert(row.number(0)) }
        }
        return damaged
    }

    private static func header(_ number: Int64, _ hash: String) -> Checksum {
        var sum = Checksum()
        sum.add(number)
        sum.add(hash)
        return sum
    }

    private static func store(_ bytes: [UInt8], in connection: Connection) throws(StoreError) -> (id: Int64, sum: Int64) {
        let sum = Checksum.of(bytes)
        let known = try connection.statement("SELECT id FROM content WHERE sum=? AND bytes=? LIMIT 1")
            .first(.int(sum), .blob(bytes)) { row in row.number(0) }
        if let known { return (known, sum) }
        let id = try connection.statement("INSERT INTO content(sum, bytes) VALUES(?, ?) RETURNING id")
            .first(.int(sum), .blob(bytes)) { row in row.number(0) }
        guard let id else { throw StoreError(.unavailable, "\(connection.path): the content got no number") }
        return (id, sum)
    }
}
