internal import CronExpressions
internal import CronJobs

/// What a run may use of the machine, and what it may become.
extension Directive {
    static let nice = Directive(
        "nice", sets: \.policies.nice,
        to: ValueForm("a number from -20 to 19") { text in
            text.hasPrefix("-") ? NumberText.read(text.dropFirst(), in: 0...20).map { -$0 } : NumberText.read(text, in: 0...19)
        }, meaning: "added to the service's nice value; below 0 only with the right to it", otherwise: .value("0"))

    static let limitMemory = Directive(
        "limit-memory", sets: \.policies.limits.memory, to: .size(atLeast: 1 << 20),
        meaning: "how much memory all processes of a run have together; takes a writable cgroup v2", otherwise: .value("none"))

    static let limitCPU = Directive(
        "limit-cpu", sets: \.policies.limits.milliCPU, to: ValueForm("processors such as `0.5` or `2`, or `none`", read: processors),
        meaning: "how much of them all processes of a run have together; takes a writable cgroup v2", otherwise: .value("none"))

    static let limitAddressSpace = Directive(
        "limit-address-space", sets: \.policies.limits.addressSpace, to: .size(atLeast: 1 << 20),
        meaning: "of each process of a run", otherwise: .value("none"))

    static let limitCPUTime = Directive(
        "limit-cpu-time", sets: \.policies.limits.cpuTime,
        to: ValueForm("a duration of at least `1s` such as `90s`, `5m`, `1h30m`, or `none`", complete: NumberText.withSeconds) { text in
            text == "none" ? .some(nil) : DurationText.read(text).flatMap { $0 >= .seconds(1) ? .some($0) : nil }
        }, meaning: "of each process of a run; then it gets XCPU, and KILL a second later", otherwise: .value("none"))

    static let limitFiles = Directive(
        "limit-files", sets: \.policies.limits.files,
        to: ValueForm<Int?>("a number from 3 to 1048576, or `none`") { text in
            text == "none" ? .some(nil) : NumberText.read(text, in: 3...1_048_576).map { .some($0) }
        }, meaning: "how many files each process of a run may have open", otherwise: .value("none"))

    static let noNewPrivileges = Directive(
        "no-new-privs", sets: \.policies.noNewPrivileges, to: .words(["yes": true, "no": false]),
        meaning: "no process of it gains privileges, not by a set-user-ID program either", otherwise: .value("no"))

    /// Thousandths of a processor; at least a hundredth, which is what a kernel gives out.
    @Sendable private static func processors(_ text: String) -> Int?? {
        if text == "none" { return .some(nil) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = NumberText.read(parts[0], in: 0...100_000) else { return nil }
        var thousandths = 0
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), let part = NumberText.read(parts[1], in: 0...999) else { return nil }
            thousandths = [100, 10, 1][parts[1].utf8.count - 1] * part
        }
        let sum = whole * 1000 + thousandths
        return sum >= 10 ? .some(sum) : nil
    }
}

extension ValueForm<Int64?> {
    /// Bytes: `64M`, `2G`. Units are powers of 1024.
    static func size(atLeast least: Int64) -> ValueForm {
        ValueForm("a size of at least `1M` such as `64M`, `2G`, or `none`") { text in
            text == "none" ? .some(nil) : SizeText.read(text).flatMap { $0 >= least ? .some($0) : nil }
        }
    }
}
