internal import Glibc
package import LinuxEvents

/// Which signals the service takes, and what they ask of it.
package enum ServiceSignal: Hashable, Sendable {
    case stop, reload, childEnded, windowResized, nothing

    /// Held from the first moment on, and taken as events of the loop.
    package static var taken: [Int32] {
        [
            SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT,
            SIGURG,
        ] + realTime
    }

    /// Those that the C library leaves to programs.
    package static var realTime: ClosedRange<Int32> { 34...64 }

    package static func meaning(of signal: ReceivedSignal) -> ServiceSignal {
        switch signal.number {
        case SIGTERM, SIGINT, SIGQUIT, realTime: .stop
        // Images of php and httpd ask for a graceful end with it; a terminal sends it when its window changes.
        case SIGWINCH: signal.isFromProcess ? .stop : .windowResized
        case SIGHUP, SIGUSR2: .reload
        case SIGCHLD: .childEnded
        default: .nothing
        }
    }
}
