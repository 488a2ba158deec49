internal import CronJobs
internal import CronTables
internal import Crontabs

/// Turns what happens to the table into log lines: constant messages, data in fields.
struct TableLog: TableObserver {
    let log: Log

    func observe(_ event: TableEvent) {
        switch event {
        case .unusableFile, .passedOver, .deleted, .notUsed, .diagnosed, .stale: ofFiles(event)
        case .restored, .notWritten, .dropInRemoved, .dropInStays: ofWriting(event)
        case .unstored, .newestDamaged, .revisionsRefused: ofRevisions(event)
        case .filesWin, .foundKept, .dropInGone, .runsOnce: ofStart(event)
        case .followed, .notFollowed, .publishedAgain, .notPublishedAgain: ofOthers(event)
        case .zonesLost, .zonesChanged, .zonesWait, .drawnAnew: ofZones(event)
        case .legacy(let event): ofLegacyCache(event)
        }
    }

    private func ofFiles(_ event: TableEvent) {
        switch event {
        case .unusableFile(let path, let reason):
            log.warning("a file of the table cannot be used", .text("reason", "\(path) \(reason)"))
        case .passedOver(let path):
            log.warning(
                "a drop-in file is passed over because of its name", .text("path", path),
                .text("remedy", "rename it: only letters, digits, _ and - count"))
        case .deleted(let paths):
            log.warning(
                "the table's file was deleted; its jobs go on, and it is restored at the next start",
                .text("reason", paths.joined(separator: " ")))
        case .notUsed(let path, let reason, let isNamed, let hasOther):
            let what = isNamed ? "the table" : "a drop-in file"
            log.error(
                hasOther ? "\(what) is not used; the last good one stays" : "\(what) is not used, and there is no earlier one",
                .text("path", path), .text("reason", reason))
        case .diagnosed(let item):
            log.record(
                item.isError ? .error : .warning, item.isError ? "bad line" : "doubtful line",
                [.text("path", item.path), .number("line", Int64(item.line))], item.rendered)
        case .stale(let job): log.warning("a bad line runs in its last good version", .text("job", "\(job)"))
        default: break
        }
    }

    private func ofWriting(_ event: TableEvent) {
        switch event {
        case .restored(let path, let revision):
            log.info("restored the table's file", .text("path", path), .number("revision", Int64(revision)))
        case .notWritten(let path, let reason, let revision):
            log.warning(
                "the table's revision is used, but its file cannot be written", .text("path", path), .text("reason", reason),
                .number("revision", Int64(revision)))
        case .dropInRemoved(let path, let revision):
            log.info("removed a drop-in file that the revision does not have", .text("path", path), .number("revision", Int64(revision)))
        case .dropInStays(let path, let reason):
            log.warning("a drop-in file that the revision does not have stays", .text("path", path), .text("reason", reason))
        default: break
        }
    }

    private func ofRevisions(_ event: TableEvent) {
        switch event {
        case .unstored(let reason):
            log.warning(
                "the table changed, but its revision cannot be stored; the old table stays until it can", .text("reason", reason))
        case .newestDamaged(let revision):
            log.error("the newest revision is damaged in the store: what the files hold is used", .number("revision", Int64(revision)))
        case .revisionsRefused(let numbers, let why):
            guard let newest = numbers.first else { return }
            let shown = numbers.prefix(20).map(String.init).joined(separator: " ") + (numbers.count > 20 ? " …" : "")
            let remedy =
                why == .damaged
                ? "crond table log shows the others"
                : "look at it with crond table show \(newest); if it is yours, crond table restore \(newest) signs it as a new one"
            log.error(
                "revisions of the table are refused", .text("revisions", shown), .text("reason", why.rawValue), .text("remedy", remedy))
        default: break
        }
    }

    private func ofStart(_ event: TableEvent) {
        switch event {
        case .filesWin(let paths, let revision, let warns):
            log.record(
                warns ? .warning : .info, "the table's files hold another content than the newest revision: the files win",
                [.text("files", paths.joined(separator: " ")), bringBack(revision)])
        case .foundKept(let revision):
            log.warning(
                "the table's files held another content than the newest revision, which is used: it is kept as a revision",
                bringBack(revision))
        case .dropInGone(let path): log.info("a drop-in file was removed while no service ran", .text("path", path))
        case .runsOnce(let job):
            log.warning("a line that two files of the table have runs once: one of them came with another image", .text("job", job))
        default: break
        }
    }

    private func ofOthers(_ event: TableEvent) {
        switch event {
        case .followed(let revision, let previous):
            log.info(
                "follows a newer revision", .number("revision", Int64(revision)), previous.map(bringBack) ?? .text("bring_back", "-"))
        case .notFollowed(let path):
            log.warning("newer revisions of others are not followed: the table is read-only, so its file decides", .text("reason", path))
        case .publishedAgain(let revision, let lost, let found):
            log.warning(
                "the store has lost the table that is in use: it is published again", .number("revision", Int64(revision)),
                .number("lost", Int64(lost)), .text("found", found == 0 ? "no revision" : "revision \(found)"))
        case .notPublishedAgain(let reason):
            log.warning("the store has lost the table that is in use, and does not take it back yet", .text("reason", reason))
        default: break
        }
    }

    private func ofZones(_ event: TableEvent) {
        switch event {
        case .zonesLost(let names):
            log.warning(
                "files of time zones are damaged or gone; the zones' rules stay as they were", .text("zones", Self.list(names)))
        case .zonesChanged(let names): log.info("time zone data changed", .text("zones", Self.list(names)))
        case .zonesWait(let reason): log.warning("the zones' new rules wait until the store works", .text("reason", reason))
        case .drawnAnew(let seed, let before):
            log.warning("times with ~ are drawn anew: the store has another seed", .text("seed", seed), .text("before", before))
        default: break
        }
    }

    private func ofLegacyCache(_ event: LegacyCacheEvent) {
        switch event {
        case .imported(let entries): log.info("imported the legacy service's cache as a revision", .number("entries", Int64(entries)))
        case .unreadable:
            log.warning("the legacy service's cache cannot be read; it is replaced at the next change of the table")
        case .notUsed(let reason): log.warning("the legacy service's cache is not used", .text("reason", reason))
        case .unsigned:
            log.warning("the legacy service's cache is not imported: there is a key for the table, and the cache cannot be signed")
        case .notWritten(let reason):
            log.warning(
                "the legacy service's cache is not written; it is tried again with the next change", .text("reason", reason))
        case .numericWeekdays(let lines):
            warn("lines with a numeric day of week: the legacy service took 0 for Monday, here 0 is Sunday", lines)
        case .percents(let lines):
            warn("lines with a percent sign: it was literal in the legacy service, so it is written as \\% here", lines)
        case .keptAsComments(let lines): warn("rows that are no entry: they are kept as comments", lines)
        case .omitted(let lines):
            let shown = lines.prefix(100).map { "\($0.path):\($0.line) (\($0.reason))" }
            log.info("lines that the legacy service's cache cannot hold", .text("lines", shown.joined(separator: ", ")))
        }
    }

    private func warn(_ message: String, _ lines: [Int]) {
        log.warning("the legacy service's cache has \(message)", .text("lines", lines.prefix(100).map(String.init).joined(separator: ",")))
    }

    private func bringBack(_ revision: Int) -> LogRecord.Field { .text("bring_back", "crond table restore \(revision)") }

    private static func list(_ names: [String]) -> String {
        names.prefix(20).joined(separator: " ") + (names.count > 20 ? " and \(names.count - 20) more" : "")
    }
}
