internal import CronJobs

/// Where a job runs, and with what around it.
extension Directive {
    static let host = Directive(
        "host", sets: \.policies.host, to: ValueForm("`any`, `all` or the name of a host", read: hostPolicy),
        meaning: "one of the replicas, each of them, or that one", otherwise: .value("any"))

    static let storeDown = Directive(
        "store-down", sets: \.policies.storeDown, to: .words(["hold": .hold, "local": .local, "rank0": .rank0, "skip": .skip]),
        meaning: "the store cannot be reached", otherwise: .value("hold"))

    static let log = Directive(
        "log", sets: \.policies.log, to: .words(["lines": .lines, "raw": .raw, "json": .json, "none": .none]),
        meaning: "what becomes of the output; with `json` each line of it is an object", otherwise: .value("lines"))

    static let logKeep = Directive(
        "log-keep", sets: \.policies.logKeep,
        to: ValueForm<Int?>("a size from `0` to `64k`") { text in
            SizeText.read(text).flatMap { $0 <= OutputLimit.ofRun ? .some(Int($0)) : nil }
        },
        meaning: "how much of each run's output is kept: its beginning and its end", otherwise: .words("`--keep-output`, 64 KiB"))

    static let cwd = Directive(
        "cwd", sets: \.policies.directory,
        to: ValueForm<String?>("a path that begins with `/`") { $0.utf8.first == UInt8(ascii: "/") ? .some($0) : nil },
        meaning: "the directory it runs in", otherwise: .words("`HOME`"))

    static let umask = Directive(
        "umask", sets: \.policies.umask, to: ValueForm("an octal number from 0 to 777", read: octalNumber), meaning: "its file mode mask",
        otherwise: .words("the service's"))

    static let exec = Directive(
        "exec", sets: \.policies.exec, to: .words(["auto": .auto, "shell": .shell]),
        meaning: "whether a command of plain words, the first with a `/`, is executed without the shell in between, "
            + "or by the shell like all others",
        otherwise: .value("auto"))

    /// Told apart before an entry's keys are taken: it is the file's.
    static let dialect = Directive(
        "dialect", takes: "a name; once, above the first entry", meaning: "how the whole file is read", otherwise: .words("this one")
    ) { _, _, _ in .notAValue }

    @Sendable private static func hostPolicy(_ text: String) -> HostPolicy? {
        if text == "any" { return .any }
        if text == "all" { return .all }
        let bytes = text.utf8
        guard let first = bytes.first, first.isLetter || first.isDigit, bytes.count <= 253 else { return nil }
        let isName = bytes.allSatisfy { $0.isLetter || $0.isDigit || "-._".utf8.contains($0) }
        return isName ? .named(text) : nil
    }

    /// - Returns: a value that is itself optional, as `umask` has it.
    @Sendable private static func octalNumber(_ text: String) -> UInt16?? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy(\.isDigit), let mask = UInt16(text, radix: 8), mask <= 0o777 else {
            return nil
        }
        return .some(mask)
    }
}
