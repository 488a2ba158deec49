internal import CronJobs
internal import CronProcesses
internal import Glibc
internal import LinuxEvents

/// The kernel's pressure stall information: `some avg10=0.12 avg60=…` in `/proc/pressure/cpu`, `memory` and `io`. Read off the loop: the kernel
/// adds up what all processors did first.
struct PressureFiles: LoadMeter {
    let loop: EventLoop
    var folder = "/proc/pressure"

    func read() async -> [LoadGate.Resource: Double] {
        await PatientLook.at(loop, within: .seconds(2)) { [folder] in Self.read(in: folder) } ?? [:]
    }

    static func read(in folder: String) -> [LoadGate.Resource: Double] {
        var reading: [LoadGate.Resource: Double] = [:]
        for resource in LoadGate.Resource.allCases {
            reading[resource] = text(of: "\(folder)/\(resource.rawValue)").flatMap(share)
        }
        return reading
    }

    /// The share of the last ten seconds in which some tasks waited, in percent; `nil` where the text does not say.
    static func share(in text: String) -> Double? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("some ") }),
            let word = line.split(separator: " ").first(where: { $0.hasPrefix("avg10=") }), let share = Double(word.dropFirst(6)),
            (0...100).contains(share)
        else { return nil }
        return share
    }

    private static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = Glibc.read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
