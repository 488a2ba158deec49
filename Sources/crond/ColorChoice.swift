internal import ArgumentParser
internal import CronExpressions
internal import Glibc

/// `--color`.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never

    /// Whether text for a stream is coloured: unless told otherwise on a terminal that has colours, where NO_COLOR is not set.
    func isOn(for descriptor: Int32 = 1) -> Bool {
        switch self {
        case .always: return true
        case .never: return false
        case .auto:
            let environment = Surroundings.environment
            return isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        }
    }
}

/// How a verb shows its findings.
struct Appearance: ParsableArguments {
    @Option(help: "auto, always or never; auto: on a terminal, unless NO_COLOR is set.")
    var color = ColorChoice.auto
}
