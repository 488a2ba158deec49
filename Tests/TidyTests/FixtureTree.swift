internal import Glibc

// tidy: helper

/// A small checkout in a temporary folder, and what `Scripts/tidy` and `Scripts/snippets` say about it.
final class FixtureTree {
    struct Verdict {
        var code: Int32
        var text: String
    }

    struct Failure: Error { var what: String }

    /// The checkout that these tests belong to: three folders above this file.
    static var checkout: String {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    }

    let folder: String

    init(_ files: [String: String]) throws {
        var template = Array("/tmp/tidy-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(what: "mkdtemp: errno \(errno)") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        mkdir("\(folder)/Sources", 0o755)
        for (path, text) in files { try Self.write(text, to: "\(folder)/\(path)") }
    }

    deinit { _ = try? Self.run(["/bin/rm", "-rf", folder]) }

    func tidy() throws -> Verdict { try Self.tidy(folder) }

    static func tidy(_ root: String) throws -> Verdict { try run(["\(checkout)/Scripts/tidy", root]) }

    func snippets() throws -> Verdict { try Self.run(["\(Self.checkout)/Scripts/snippets", folder]) }

    private static func write(_ text: String, to path: String) throws {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        guard let file = fopen(path, "w") else { throw Failure(what: "\(path): errno \(errno)") }
        defer { fclose(file) }
        fputs(text, file)
    }

    private static func run(_ words: [String]) throws -> Verdict {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure(what: "pipe: errno \(errno)") }
        // Another test's child must not inherit our end of the pipe: the reader would wait for it too.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        let failed = posix_spawn(&child, words[0], &actions, nil, &arguments, environ)
        close(ends[1])
        guard failed == 0 else { throw Failure(what: "\(words[0]): errno \(failed)") }

        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = read(ends[0], &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return Verdict(
            code: status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f), text: String(decoding: bytes, as: UTF8.self))
    }
}
