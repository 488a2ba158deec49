internal import CLinux

/// A signal that came, and from whom.
public struct ReceivedSignal: Hashable, Sendable {
    public var number: Int32
    /// The process that sent it; 0 for the kernel and for senders outside our process namespace.
    public var sender: Int32
    /// It was sent by a process with kill or its kin, not by a terminal or another part of the kernel.
    public var isFromProcess: Bool

    public init(number: Int32, sender: Int32, isFromProcess: Bool) {
        self.number = number
        self.sender = sender
        self.isFromProcess = isFromProcess
    }

    /// `SIGTERM`, `SIGRTMIN+3`.
    public var name: String {
        if number >= cl_first_real_time_signal() {
            let offset = number - cl_first_real_time_signal()
            return offset == 0 ? "SIGRTMIN" : "SIGRTMIN+\(offset)"
        }
        return cl_signal_name(number).map { "SIG" + String(cString: $0) } ?? "signal \(number)"
    }
}
