// tidy: helper
internal import Glibc

/// A clock for redis-server that a test sets: a small library in front of the system's, with the difference in a file.
struct SteppingClock {
    private let folder: Folder
    private let name: String
    var environment: [String: String] { ["LD_PRELOAD": "\(folder.path)/clock.so", "CLOCK_FILE": "\(folder.path)/\(name)"] }

    private static let source = #"""
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static volatile const char *text;
        static long ahead(void) {
            if (!text) {
                const char *path = getenv("CLOCK_FILE");
                int f = path ? open(path, O_RDONLY) : -1;
                if (f < 0) return 0;
                void *page = mmap(0, 4096, PROT_READ, MAP_SHARED, f, 0);
                close(f);
                if (page == MAP_FAILED) return 0;
                text = page;
            }
            return atol((const char *)text);
        }
        int clock_gettime(clockid_t c, struct timespec *t) {
            int r = syscall(SYS_clock_gettime, c, t);
            if (!r && (c == CLOCK_REALTIME || c == CLOCK_REALTIME_COARSE)) t->tv_sec += ahead();
            return r;
        }
        int gettimeofday(struct timeval *t, void *z) {
            struct timespec s;
            clock_gettime(CLOCK_REALTIME, &s);
            if (t) { t->tv_sec = s.tv_sec; t->tv_usec = s.tv_nsec / 1000; }
            return 0;
        }
        time_t time(time_t *p) {
            struct timespec s;
            clock_gettime(CLOCK_REALTIME, &s);
            if (p) *p = s.tv_sec;
            return s.tv_sec;
        }
        """#

    /// - Returns: `nil` where there is no C compiler.
    init?(in bench: Workbench, ahead seconds: Int) async throws {
        folder = bench.folder
        name = "clock-ahead"
        guard try await Program.run(["sh", "-c", "command -v cc"]).code == 0 else { return nil }
        folder.write("clock.c", Self.source)
        try await Program.shell("cc -O1 -shared -fPIC -o \(folder.path)/clock.so \(folder.path)/clock.c", within: .seconds(60))
        set(ahead: seconds)
    }

    /// The file keeps its size and its place: it is mapped.
    func set(ahead seconds: Int) {
        let text = "\(seconds)"
        folder.write(name, text + String(repeating: " ", count: 32 - text.utf8.count))
    }
}
