internal import ArgumentParser
internal import Crontabs

/// `--format`.
enum TableFormat: String, ExpressibleByArgument, CaseIterable {
    case system, user

    var format: CrontabFormat { self == .system ? .system : .user }
}
