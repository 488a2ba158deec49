internal import CSQLite
internal import CronJobs
internal import Glibc

// SQLite's own ways of reading write: a log is recovered, an index of it made beside it. So SQLite opens nothing where a store is only read. It gets
// the bytes from here, and only those that it asks for, however large the store is:
//
//      a page of the last commit ──▶ in the log? ──▶ its newest version there
//                                        └── no ──▶ the file's
//
// The file is shared with readers as long as this lives (`StoreFile.share`), so neither file nor log changes meanwhile.

/// A store as of its last commit, for a connection that cannot write.
final class StorePages {
    private let file: PlainFile
    private let log: WriteAheadLog?
    /// How SQLite comes to its one file, and what it can do with it.
    private let files = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    private let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    private let name: UnsafeMutablePointer<CChar>

    /// Throws where SQLite does not take it.
    init(_ file: PlainFile, _ log: WriteAheadLog?) throws(StoreError) {
        self.file = file
        self.log = log
        // One for each store that is read: a name is all by which a connection chooses.
        name = strdup("crond-\(UInt(bitPattern: files))")
        methods.initialize(to: .reading)
        guard let usual = sqlite3_vfs_find(nil) else { throw StoreError(.unavailable, "this SQLite knows no files") }
        files.initialize(to: usual.pointee)
        files.pointee.pNext = nil
        files.pointee.zName = UnsafePointer(name)
        files.pointee.pAppData = Unmanaged.passUnretained(self).toOpaque()
        files.pointee.becomeReading()
        guard sqlite3_vfs_register(files, 0) == SQLITE_OK else { throw StoreError(.unavailable, "SQLite has no memory left") }
    }

    deinit {
        sqlite3_vfs_unregister(files)
        files.deallocate()
        methods.deallocate()
        free(name)
    }

    /// Opens a connection; this must outlive it.
    func open(_ handle: inout OpaquePointer?) -> Int32 {
        sqlite3_open_v2("store", &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, name)
    }

    fileprivate func opened() -> OpenedPages {
        OpenedPages(methods: UnsafePointer(methods), pages: Unmanaged.passUnretained(self).toOpaque())
    }

    /// Bytes of the database.
    fileprivate var size: Int { log.map { $0.pages * $0.pageSize } ?? file.size }

    /// Fills `bytes` from `offset` on, with zeros behind the end; false where some are behind it, or cannot be read.
    fileprivate func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        var done = 0
        while done < bytes.count, offset + done < size {
            let got = part(UnsafeMutableRawBufferPointer(rebasing: bytes[done...]), offset + done)
            if got <= 0 { break }
            done += got
        }
        for index in done..<bytes.count { bytes[index] = 0 }
        // "No log is used": there is none that SQLite could find.
        for place in 18...19 where place >= offset && place < offset + done { bytes[place - offset] = 1 }
        return done == bytes.count
    }

    /// As many bytes as one source has together.
    private func part(_ bytes: UnsafeMutableRawBufferPointer, _ offset: Int) -> Int {
        guard let log else { return file.read(bytes, at: offset) }
        let inPage = offset % log.pageSize
        let bytes = UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(min(bytes.count, log.pageSize - inPage)))
        return log.read(bytes, page: offset / log.pageSize + 1, from: inPage) ?? file.read(bytes, at: offset)
    }
}

/// A file as SQLite wants one: its methods, and behind them what is ours.
private struct OpenedPages {
    var methods: UnsafePointer<sqlite3_io_methods>?
    var pages: UnsafeMutableRawPointer

    static func pages(_ file: UnsafeMutablePointer<sqlite3_file>?) -> StorePages? {
        guard let file else { return nil }
        let opened = UnsafeMutableRawPointer(file).loadUnaligned(as: OpenedPages.self)
        return Unmanaged<StorePages>.fromOpaque(opened.pages).takeUnretainedValue()
    }
}

extension sqlite3_vfs {
    /// There is one file, whatever its name, and nothing beside it.
    fileprivate mutating func becomeReading() {
        szOsFile = Int32(MemoryLayout<OpenedPages>.size)
        xOpen = { files, _, opened, flags, granted in
            guard flags & SQLITE_OPEN_MAIN_DB != 0, let pages = files?.pointee.pAppData, let opened else { return SQLITE_CANTOPEN }
            let file = Unmanaged<StorePages>.fromOpaque(pages).takeUnretainedValue().opened()
            UnsafeMutableRawPointer(opened).initializeMemory(as: OpenedPages.self, to: file)
            granted?.pointee = flags
            return SQLITE_OK
        }
        xDelete = { _, _, _ in SQLITE_READONLY }
        xAccess = { _, _, _, answer in
            answer?.pointee = 0
            return SQLITE_OK
        }
        xFullPathname = { _, path, room, full in
            guard let path, let full, strlen(path) < Int(room) else { return SQLITE_CANTOPEN }
            strcpy(full, path)
            return SQLITE_OK
        }
    }
}

/// What SQLite calls SQLITE_IOERR_READ and SQLITE_IOERR_SHORT_READ.
private let cannotRead = SQLITE_IOERR | 1 << 8, tooShort = SQLITE_IOERR | 2 << 8

extension sqlite3_io_methods {
    fileprivate static var reading: sqlite3_io_methods {
        var methods = sqlite3_io_methods()
        methods.iVersion = 1
        methods.xClose = { _ in SQLITE_OK }
        methods.xRead = { file, bytes, count, offset in
            guard let pages = OpenedPages.pages(file), let bytes else { return cannotRead }
            return pages.read(UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)), at: Int(offset)) ? SQLITE_OK : tooShort
        }
        methods.xWrite = { _, _, _, _ in SQLITE_READONLY }
        methods.xTruncate = { _, _ in SQLITE_READONLY }
        methods.xSync = { _, _ in SQLITE_OK }
        methods.xFileSize = { file, size in
            guard let pages = OpenedPages.pages(file) else { return cannotRead }
            size?.pointee = Int64(pages.size)
            return SQLITE_OK
        }
        methods.xLock = { _, _ in SQLITE_OK }
        methods.xUnlock = { _, _ in SQLITE_OK }
        methods.xCheckReservedLock = { _, answer in
            answer?.pointee = 0
            return SQLITE_OK
        }
        methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
        methods.xSectorSize = { _ in 0 }
        methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_IMMUTABLE }
        return methods
    }
}
