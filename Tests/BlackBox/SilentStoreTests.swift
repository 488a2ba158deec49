internal import Glibc
internal import Testing

@Suite("A store that does not answer, and does not fail either", .inPlace, .timeLimit(.minutes(2)))
struct SilentStoreTests {
    /// Syncs of files wait while a file is there, as they do on a volume that is frozen.
    private static let source = """
        #define _GNU_SOURCE
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        static int waited(long number, int fd) {
            const char *frozen = getenv("FROZEN");
            while (frozen && access(frozen, F_OK) == 0) usleep(50000);
            return syscall(number, fd);
        }
        int fdatasync(int fd) { return waited(SYS_fdatasync, fd); }
        int fsync(int fd) { return waited(SYS_fsync, fd); }
        """

    private static func freezer(_ plain: Plain) async throws -> [String: String] {
        plain.folder.write("freeze.c", source)
        let path = "\(plain.folder.path)/freeze"
        guard (try? await Program.shell("command -v cc")) != nil else { try Privileges.skip("there is no cc") }
        try await Program.shell("cc -shared -fPIC -o \(path).so \(path).c")
        return ["LD_PRELOAD": "\(path).so", "FROZEN": "\(plain.folder.path)/frozen"]
    }

    @Test(
        "The volume of an SQLite file is frozen for a while: one line says it within seconds, one when it answers, and nothing starts twice"
    )
    func frozen() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Start.table(1), environment: try await Self.freezer(plain))
            try await plain.moreStarts(2)
            plain.folder.write("frozen", "")
            let said = try await service.expect("the store does not answer; jobs wait until it does", within: .seconds(12))
            #expect(said["level"] == "error" && said["store"]?.contains("ledger.db") == true, "\(said)")
            #expect(try await plain.verb("status").out.contains("it does not answer"))
            unlink("\(plain.folder.path)/frozen")
            try await service.expect("the store answers again", within: .seconds(12))
            try await plain.moreStarts(2)
            #expect(try await service.stop() == 0)
            #expect(service.log("the store does not answer; jobs wait until it does").count == 1)
            #expect(Start.doubled(try Start.all(plain)) == [])
        }
    }
}
