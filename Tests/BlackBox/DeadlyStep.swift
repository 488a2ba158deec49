// tidy: helper
internal import Glibc

/// Kills a service, as `kill -9` would, at one of its steps: a small library in front of the system's counts what the service does to the world from
/// the moment on that it is armed. Each step has a moment before it and one after it, so that nothing lies between two moments but the service's own
/// thinking:
///
///     commit   the store's file is brought to the disk (fdatasync, fsync)
///     send     something is sent to the store's server
///     TERM, KILL   a signal to a run's group
///     reap     the exit status of a run is taken
struct DeadlyStep {
    private let folder: Folder

    private static let source = #"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/resource.h>
        #include <sys/socket.h>
        #include <sys/syscall.h>
        #include <sys/uio.h>
        #include <sys/un.h>
        #include <sys/wait.h>
        #include <unistd.h>
        static pid_t service;
        static char place[200];
        static int deadly, count, armed;
        __attribute__((constructor)) static void begin(void) {
            const char *where = getenv("STEP_FOLDER"), *number = getenv("STEP_DEADLY");
            if (!where || !number || strcmp(program_invocation_short_name, "crond")) return;
            snprintf(place, sizeof place, "%s", where);
            deadly = atoi(number);
            service = getpid();
        }
        static void moment(const char *when, const char *what) {
            if (!service || getpid() != service) return;
            int saved = errno;
            if (!armed) {
                char path[256];
                snprintf(path, sizeof path, "%s/armed", place);
                armed = access(path, F_OK) == 0;
            }
            if (armed) {
                char path[256], text[64];
                int number = __sync_add_and_fetch(&count, 1);
                snprintf(path, sizeof path, "%s/steps", place);
                int length = snprintf(text, sizeof text, "%s %s\n", when, what);
                int file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
                syscall(SYS_write, file, text, length);
                syscall(SYS_close, file);
                if (number == deadly) syscall(SYS_kill, getpid(), SIGKILL);
            }
            errno = saved;
        }
        static int is_server(int fd) {
            struct sockaddr_un peer;
            socklen_t size = sizeof peer;
            int saved = errno, found = 0;
            memset(&peer, 0, sizeof peer);
            if (service && getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sun_family == AF_UNIX)
                found = strstr(peer.sun_path, "redis.sock") != 0;
            errno = saved;
            return found;
        }
        #define STEP(what, type, call) do { moment("before", what); type r = call; moment("after", what); return r; } while (0)
        int fdatasync(int fd) { STEP("commit", int, syscall(SYS_fdatasync, fd)); }
        int fsync(int fd) { STEP("commit", int, syscall(SYS_fsync, fd)); }
        int kill(pid_t pid, int number) {
            if (number != SIGTERM && number != SIGKILL) return syscall(SYS_kill, pid, number);
            STEP(number == SIGTERM ? "TERM" : "KILL", int, syscall(SYS_kill, pid, number));
        }
        pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
            STEP("reap", pid_t, syscall(SYS_wait4, pid, status, options, usage));
        }
        ssize_t write(int fd, const void *bytes, size_t size) {
            if (!is_server(fd)) return syscall(SYS_write, fd, bytes, size);
            STEP("send", ssize_t, syscall(SYS_write, fd, bytes, size));
        }
        ssize_t writev(int fd, const struct iovec *parts, int number) {
            if (!is_server(fd)) return syscall(SYS_writev, fd, parts, number);
            STEP("send", ssize_t, syscall(SYS_writev, fd, parts, number));
        }
        """#

    /// - Returns: `nil` where there is no C compiler.
    init?(in folder: Folder) async throws {
        self.folder = folder
        guard try await Program.run(["sh", "-c", "command -v cc"]).code == 0 else { return nil }
        folder.write("step.c", Self.source)
        try await Program.shell("cc -O1 -shared -fPIC -o \(folder.path)/step.so \(folder.path)/step.c", within: .seconds(60))
    }

    /// - Parameters:
    ///   - moment: from 1 on; 0 is never.
    ///   - place: where it is armed, and writes down its steps.
    func environment(at moment: Int, in place: Folder) -> [String: String] {
        ["LD_PRELOAD": "\(folder.path)/step.so", "STEP_FOLDER": place.path, "STEP_DEADLY": "\(moment)"]
    }

    /// From now on moments count.
    static func arm(in place: Folder) { place.write("armed", "") }
}
