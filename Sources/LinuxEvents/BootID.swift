internal import CLinux

/// Tells one boot of the machine from another: a process number of an earlier boot means nothing now.
public enum BootID {
    public static var current: String {
        let descriptor = cl_open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return "unknown" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let got = read(descriptor, &buffer, buffer.count)
        guard got > 0 else { return "unknown" }
        return String(decoding: buffer[..<got].prefix { $0 > 32 }, as: UTF8.self)
    }
}
