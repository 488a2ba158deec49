internal import CLinux
public import CronJobs

/// What `/proc` tells about processes.
public enum ProcessTable {
    struct Stat {
        var state: UInt8
        var parent: Int32
        var group: Int32
        var session: Int32
        var startTicks: Int64

        /// A zombie has ended already; it only waits to be reaped.
        var isLive: Bool { state != UInt8(ascii: "Z") && state != UInt8(ascii: "X") }
    }

    struct Member: Hashable {
        var process: Int32
        /// 0 for one that is known by its control group only.
        var group: Int32
    }

    /// The lasting identity of a process that exists now; `nil` if there is none of that number.
    public static func identity(of process: Int32) -> ProcessIdentity? {
        stat(of: process).map { ProcessIdentity(pid: process, startTicks: $0.startTicks) }
    }

    /// When a process began, since boot.
    static func begin(of identity: ProcessIdentity) -> Duration {
        .nanoseconds(identity.startTicks * (1_000_000_000 / max(1, Int64(sysconf(Int32(_SC_CLK_TCK))))))
    }

    /// A variable of a process's environment as it began.
    static func variable(_ name: String, of process: Int32) -> String? {
        let mark = Array("\(name)=".utf8)
        return contents("/proc/\(process)/environ", limit: 4 << 20)?.split(separator: 0).first { $0.starts(with: mark) }
            .map { String(decoding: $0.dropFirst(mark.count), as: UTF8.self) }
    }

    /// Whether a process was started as (part of) a run: its environment as it began names it. `nil` where none can be read: of another user's
    /// program, of one that was given none, and for a moment of each that begins, between the end of its launch and the first of its own steps.
    public static func belongs(_ process: Int32, to run: RunID) -> Bool? {
        guard let environment = contents("/proc/\(process)/environ", limit: 4 << 20), !environment.isEmpty else { return nil }
        let wanted = Array("CRON_RUN_ID=\(run)".utf8)
        return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
    }

    /// The leaders of all runs that go on now, by the mark that only their run was given. For a service that was killed between a start and
    /// the record of it. What a run left behind carries its mark, too: the oldest is the run. One pass over `/proc`.
    public static func leaders() -> [String: ProcessIdentity] {
        var found: [String: ProcessIdentity] = [:]
        for process in entries("/proc") ?? [] {
            guard let stat = stat(of: process), stat.isLive, stat.session == process,
                let mark = variable(JobEnvironment.markName, of: process)
            else { continue }
            if let other = found[mark], other.startTicks <= stat.startTicks { continue }
            found[mark] = ProcessIdentity(pid: process, startTicks: stat.startTicks)
        }
        return found
    }

    static func stat(of process: Int32) -> Stat? {
        withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 8) { buffer in
            let descriptor = cl_open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC, 0)
            guard descriptor >= 0 else { return nil }
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            close(descriptor)
            guard count > 0 else { return nil }
            return parse(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Fields of a stat line. The second, the name in parentheses, may contain anything, parentheses and blanks included: what counts comes
    /// after the last closing one.
    static func parse(_ line: UnsafeRawBufferPointer) -> Stat? {
        guard let close = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line[(close + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 20)
        guard fields.count > 19, let state = fields[0].first, let parent = number(fields[1]), let group = number(fields[2]),
            let session = number(fields[3]), let ticks = number(fields[19])
        else { return nil }
        return Stat(
            state: state, parent: Int32(clamping: parent), group: Int32(clamping: group), session: Int32(clamping: session),
            startTicks: ticks)
    }

    /// The live processes whose session or group is one of `leaders`, by leader; `nil` when `/proc` cannot be read. One
    /// pass over it, however many leaders.
    static func members(of leaders: Set<Int32>) -> [Int32: [Member]]? {
        guard let processes = entries("/proc") else { return nil }
        var found: [Int32: [Member]] = [:]
        for process in processes {
            guard let stat = stat(of: process), stat.isLive else { continue }
            let leader = leaders.contains(stat.session) ? stat.session : stat.group
            guard leaders.contains(leader) else { continue }
            found[leader, default: []].append(Member(process: process, group: stat.group))
        }
        return found
    }

    /// Our own children, zombies among them.
    static func children() -> [Int32] {
        var children: [Int32] = []
        for thread in entries("/proc/self/task") ?? [] {
            guard let text = contents("/proc/self/task/\(thread)/children", limit: 4 << 20) else { return childrenByParent() }
            children += text.split(separator: UInt8(ascii: " ")).compactMap { number($0).map { Int32(clamping: $0) } }
        }
        return children
    }

    /// For kernels without the list of children.
    private static func childrenByParent() -> [Int32] {
        let own = getpid()
        return (entries("/proc") ?? []).filter { stat(of: $0)?.parent == own }
    }

    /// The entries of a directory that are numbers.
    private static func entries(_ path: String) -> [Int32]? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var numbers: [Int32] = []
        while let entry = readdir(directory) {
            let value = withUnsafeBytes(of: &entry.pointee.d_name) { name in number(name[..<(name.firstIndex(of: 0) ?? name.endIndex)]) }
            if let value { numbers.append(Int32(clamping: value)) }
        }
        return numbers
    }

    static func contents(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = cl_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while all.count < limit {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 { return nil }
            if count == 0 { break }
            all.append(contentsOf: chunk[..<count])
        }
        return all
    }

    private static func number(_ digits: some Collection<UInt8>) -> Int64? {
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard (48...57).contains(byte), value < Int64.max / 16 else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        return value
    }
}
