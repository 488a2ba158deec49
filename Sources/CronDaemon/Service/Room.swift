internal import CronProcesses
internal import Glibc
internal import LinuxEvents

/// What the service needs of the system beside its store's files. All of it is taken before the first job starts: threads, and most
/// descriptors.
struct Room {
    /// Two log writers, the shared pool's place, the table's keeper and its watch list, answers to verbs, the look-up of users, two launchers; and
    /// the store's.
    var threads = 9
    /// Loop, signals, timers, `/dev/null`, inotify and socket: 9. A launch: 6. Reading a file: 2. And the store's.
    var descriptors = 17

    /// Threads that are here now, and gone before the last of these is made.
    private let guards: Int

    init(for store: Configuration.Store, guards: Int = 0) {
        self.guards = guards
        switch store {
        case .memory: break
        case .automatic, .sqlite:
            threads += 1
            descriptors += 5
        case .redis:
            // The connection's loop, and the look-up of its host.
            threads += 2
            descriptors += 6
        }
    }

    /// Why the service cannot start here; `nil` where it can.
    var shortage: String? {
        if !Headroom.hasDescriptors(descriptors) {
            return "\(descriptors) more files must be open and cannot, \(FileLimit.current) in all: raise the limit "
                + "(ulimit -n, the container's --ulimit nofile=)"
        }
        if let failure = Headroom.shortageOfThreads(threads - guards) {
            return "cannot create \(threads) threads: \(failure.reason): \(Self.remedy(failure))"
        }
        return nil
    }

    /// A limit answers EAGAIN. Profiles of older container runtimes know no clone3, by which threads are made, and answer EPERM to it.
    private static func remedy(_ failure: SystemError) -> String {
        switch failure.errno {
        case EPERM, ENOSYS, EACCES:
            "a seccomp profile forbids it (clone3): update the container runtime, or give it a profile that allows clone3 "
                + "(--security-opt seccomp=…)"
        case ENOMEM: "give the machine or the container more memory"
        default: "raise the limit of processes (ulimit -u, the container's --pids-limit)"
        }
    }
}
