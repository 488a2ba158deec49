internal import CronJobs

// What the file holds. Times are whole nanoseconds since 1970 in 64 bits, fire times whole seconds. `seq` is the order of decisions, which
// a wall clock that jumps cannot disturb; it is sorted for where history is shown, because one more index by job would cost each claim one
// more page in the log. A run's occasion is kept in three numbers, so that the index which makes it unique also finds the
// record whose range holds a fire time:
//
//      kind 0 scheduled: fire = fire time,   token = 0
//      kind 1 manual:    fire = the second,  token = the number
//      kind 2 startup:   fire = incarnation, token = 0

/// Tables, and the way from each older version of them to the newest.
enum Schema {
    /// Marks the file as ours: "cron".
    static let applicationID = 0x6372_6f6e

    /// Entry `n` leads from version `n` to `n + 1`. Never edit one that was released: append.
    static let migrations: [[String]] = [
        [
            "CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID",
            "CREATE TABLE job(id TEXT PRIMARY KEY, mark INTEGER NOT NULL, gone INTEGER) STRICT, WITHOUT ROWID",
            """
            CREATE TABLE run(
                seq INTEGER PRIMARY KEY, job TEXT NOT NULL, kind INTEGER NOT NULL, fire INTEGER NOT NULL, token INTEGER NOT NULL,
                attempt INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, trigger TEXT NOT NULL, outcome TEXT,
                fence INTEGER NOT NULL, incarnation INTEGER NOT NULL, claimed INTEGER NOT NULL, started INTEGER, finished INTEGER,
                pid INTEGER, pid_start INTEGER, boot TEXT, user_ns INTEGER, sys_ns INTEGER, tail BLOB) STRICT
            """,
            "CREATE UNIQUE INDEX run_name ON run(job, kind, fire, token, attempt)",
            "CREATE INDEX run_open ON run(incarnation) WHERE finished IS NULL",
            "CREATE INDEX run_finished ON run(finished) WHERE finished IS NOT NULL",
            "CREATE TABLE content(id INTEGER PRIMARY KEY, sum INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT",
            "CREATE INDEX content_sum ON content(sum)",
            """
            CREATE TABLE revision(number INTEGER PRIMARY KEY, created INTEGER NOT NULL, origin TEXT NOT NULL, hash TEXT NOT NULL,
                sum INTEGER NOT NULL) STRICT
            """,
            """
            CREATE TABLE file(revision INTEGER NOT NULL, position INTEGER NOT NULL, path TEXT NOT NULL, content INTEGER NOT NULL,
                PRIMARY KEY(revision, position)) STRICT, WITHOUT ROWID
            """,
        ],
        ["CREATE TABLE paused(job TEXT PRIMARY KEY) STRICT, WITHOUT ROWID"],
        ["ALTER TABLE revision ADD COLUMN signature TEXT"],
        [
            "ALTER TABLE revision ADD COLUMN host TEXT", "ALTER TABLE revision ADD COLUMN author TEXT",
            "ALTER TABLE file ADD COLUMN attributes TEXT",
            "CREATE TABLE base(host TEXT PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL) STRICT, WITHOUT ROWID",
        ],
        [
            """
            CREATE TABLE stored(id TEXT PRIMARY KEY, revision INTEGER NOT NULL, at INTEGER NOT NULL, origin TEXT NOT NULL,
                author TEXT NOT NULL, schedule TEXT NOT NULL, action BLOB NOT NULL, policies BLOB NOT NULL) STRICT
            """
        ],
        [
            "CREATE TABLE output(run INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
            "CREATE TRIGGER run_output AFTER DELETE ON run BEGIN DELETE FROM output WHERE run=old.seq; END",
        ],
        [
            """
            CREATE TABLE pause(seq INTEGER PRIMARY KEY, job TEXT NOT NULL, pauses INTEGER NOT NULL, at INTEGER, until INTEGER,
                author TEXT NOT NULL) STRICT
            """,
            "CREATE INDEX pause_job ON pause(job)",
            "INSERT INTO pause(job, pauses, author) SELECT job, 1, '' FROM paused ORDER BY job",
            "DROP TABLE paused",
        ],
        // The pool that an attempt waits for, and what was asked of it.
        ["ALTER TABLE run ADD COLUMN pool TEXT", "ALTER TABLE run ADD COLUMN asked TEXT"],
        [
            """
            CREATE TABLE fact(number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, job TEXT, kind INTEGER, fire INTEGER,
                token INTEGER, attempt INTEGER, outcome TEXT, first INTEGER, count INTEGER, revision INTEGER) STRICT
            """
        ],
        // Who asked for the run.
        ["ALTER TABLE run ADD COLUMN author TEXT"],
        // What a fact is, where its other columns do not tell; and where consumers of facts stand.
        [
            "ALTER TABLE fact ADD COLUMN what TEXT",
            "CREATE TABLE consumer(name TEXT PRIMARY KEY, cursor INTEGER NOT NULL) STRICT, WITHOUT ROWID",
            """
            CREATE TABLE note(consumer TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY(consumer, name)) STRICT,
                WITHOUT ROWID
            """,
        ],
    ]

    /// Whether there is nothing to make; throws what is not ours, or newer.
    static func isNewest(_ connection: Connection) throws(StoreError) -> Bool { try version(connection) == migrations.count }

    /// 0 for nothing.
    private static func version(_ connection: Connection) throws(StoreError) -> Int {
        let found = Int(try connection.value("PRAGMA application_id") ?? "") ?? 0
        let isEmpty = try connection.value("SELECT 1 FROM sqlite_schema LIMIT 1") == nil
        guard isEmpty || found == applicationID else {
            throw StoreError(.refused, "\(connection.path): this database belongs to another program")
        }
        let version = isEmpty ? 0 : Int(clamping: try Meta.number("schema", in: connection) ?? 0)
        guard version <= migrations.count else {
            throw StoreError(
                .newerSchema,
                "\(connection.path): written by a newer version of crond (schema \(version), this one knows \(migrations.count))")
        }
        return version
    }

    /// Makes the tables, or brings them up to date.
    static func prepare(_ connection: Connection) throws(StoreError) {
        let version = try version(connection)
        guard version < migrations.count, version >= 0 else { return }
        try connection.transaction { connection throws(StoreError) in
            for step in migrations[version...] {
                for sql in step { try connection.execute(sql) }
            }
            try connection.execute("PRAGMA application_id=\(applicationID)")
            try Meta.set("schema", .int(migrations.count), in: connection)
        }
    }
}

/// Single values about the whole file.
enum Meta {
    static func number(_ key: String, in connection: Connection) throws(StoreError) -> Int64? {
        try connection.statement("SELECT value FROM meta WHERE key=?").first(.text(key)) { row in row.int(0) } ?? nil
    }

    static func text(_ key: String, in connection: Connection) throws(StoreError) -> String? {
        try connection.statement("SELECT value FROM meta WHERE key=?").first(.text(key)) { row in row.text(0) } ?? nil
    }

    static func set(_ key: String, _ value: Value, in connection: Connection) throws(StoreError) {
        try connection.statement("INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value")
            .run(.text(key), value)
    }
}
