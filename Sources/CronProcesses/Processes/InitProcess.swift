internal import CLinux

/// The duties of process 1, done by a parent above the service.
///
/// The kernel gives process 1 every orphan and no default for signals. Rather than mix both with the service, process 1 forks before it has
/// a second thread: the child is the service, the parent forwards signals, reaps whatever comes, and exits as the service did.
public enum InitProcess {
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
        let forwarded = [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2]
        while true {
            var info = siginfo_t()
            let signal = sigwaitinfo(&all, &info)
            if signal == SIGCHLD { reap(service) }
            if forwarded.contains(signal) { kill(service, signal) }
        }
    }

    private static func reap(_ service: Int32) {
        var status: Int32 = 0
        while true {
            let process = waitpid(-1, &status, WNOHANG)
            if process <= 0 { return }
            if process == service { _exit(status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)) }
        }
    }
}
