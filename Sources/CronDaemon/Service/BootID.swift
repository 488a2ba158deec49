internal import Glibc

/// Tells one boot of the machine from another: a process number of an earlier boot means nothing now.
enum BootID {
    static var current: String {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "unknown" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let got = read(descriptor, &buffer, buffer.count)
        guard got > 0 else { return "unknown" }
        return String(decoding: buffer[..<got].prefix { $0 > 32 }, as: UTF8.self)
    }
}
