internal import CLinux
internal import LinuxEvents

/// The duties of process 1, done by a parent above the service.
///
/// The kernel gives process 1 every orphan and no default for signals. Rather than mix both with the service, process 1 forks before it has
/// a second thread: the child is the service, the parent forwards signals, reaps whatever comes, and exits as the service did. With process 1
/// the kernel kills all that is left; the service asks it to end before (`LeftBehind`), and where it could not, the parent does.
public enum InitProcess {
    /// From the first signal that stops to our exit, where it can be had: containers are killed after ten seconds.
    private static let budget = Int64(9_000_000_000)
    /// How long processes that were left behind have between TERM and KILL: at most, and where the service has already waited for them.
    private static let patience = (most: Int64(2_000_000_000), least: Int64(250_000_000))
    /// A terminal sends these to every process of its foreground group, and so to the service itself.
    private static let fromTerminal = [SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH]

    /// Call it first in `main`. In process 1 it returns in a child, true; the parent never returns. In any other process it does nothing
    /// and answers false.
    public static func forkIfPID1() -> Bool {
        guard getpid() == 1 else { return false }
        var all = sigset_t(), old = sigset_t()
        sigfillset(&all)
        sigprocmask(SIG_BLOCK, &all, &old)
        // A disposition of "ignored" would make the kernel reap the service, and its exit code with it.
        cl_default_signal(SIGCHLD)
        let service = fork()
        if service == 0 {
            sigprocmask(SIG_SETMASK, &old, nil)
            return true
        }
        if service < 0 { _exit(71) }
        serve(service, &all)
    }

    private static func serve(_ service: Int32, _ all: inout sigset_t) -> Never {
        var stoppedAt: Int64?
        while true {
            var info = siginfo_t()
            let signal = sigwaitinfo(&all, &info)
            guard signal > 0 else { continue }
            if signal == SIGCHLD {
                if let code = reap(service) { end(code, wasKilled: code > 128, stoppedAt, &all) }
                continue
            }
            // Whether it means anything is the service's to say; only it knows, and it has a log.
            if info.si_code > 0, fromTerminal.contains(signal) { continue }
            if isStop(signal), stoppedAt == nil { stoppedAt = SystemClocks.bootNanoseconds() }
            kill(service, signal)
        }
    }

    private static func isStop(_ signal: Int32) -> Bool { [SIGTERM, SIGINT, SIGQUIT, SIGWINCH].contains(signal) || signal >= 34 }

    /// Reaps all that has ended; the exit code of the service, if it was among them.
    private static func reap(_ service: Int32) -> Int32? {
        var code: Int32?
        var status: Int32 = 0
        while true {
            let process = waitpid(-1, &status, WNOHANG)
            if process <= 0 { return code }
            if process == service { code = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f) }
        }
    }

    /// TERM to all that is left, a while to end, and our exit, which is KILL to the rest. A further signal that stops skips the wait.
    private static func end(_ code: Int32, wasKilled: Bool, _ stoppedAt: Int64?, _ all: inout sigset_t) -> Never {
        guard kill(-1, SIGTERM) == 0 else { _exit(code) }
        // Whoever is stopped hears it once he goes on.
        kill(-1, SIGCONT)
        let now = SystemClocks.bootNanoseconds()
        let left = stoppedAt.map { $0 + budget - now } ?? patience.most
        let end = now + (wasKilled ? min(max(left, patience.least), patience.most) : patience.least)
        while hasChildren() {
            let wait = end - SystemClocks.bootNanoseconds()
            guard wait > 0 else { break }
            var time = timespec(tv_sec: Int(wait / 1_000_000_000), tv_nsec: Int(wait % 1_000_000_000))
            var info = siginfo_t()
            let signal = sigtimedwait(&all, &info, &time)
            if signal > 0, isStop(signal) { break }
        }
        _exit(code)
    }

    private static func hasChildren() -> Bool {
        var status: Int32 = 0
        while true {
            let process = waitpid(-1, &status, WNOHANG)
            if process <= 0 { return process == 0 }
        }
    }
}
