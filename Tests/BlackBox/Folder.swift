// tidy: helper
internal import CLinux
internal import Glibc

/// A folder of a test. Names are relative to it; what is missing reads as empty.
struct Folder {
    let path: String

    static func temporary() throws -> Folder {
        var template = Array("/tmp/crond-blackbox.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Complaint("no temporary folder can be made") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(path, 0o755)
        return Folder(path: path)
    }

    /// Takes everything away. The paths begin with a name that `temporary()` made.
    func remove() {
        guard path.hasPrefix("/tmp/crond-blackbox."),
            let program = try? Program(["rm", "-rf", "--one-file-system", path], out: "/dev/null", errors: "/dev/null")
        else { return }
        for _ in 0..<500 where !program.hasEnded { usleep(5000) }
    }

    func folder(_ name: String, mode: mode_t = 0o755) {
        mkdir("\(path)/\(name)", mode)
        chmod("\(path)/\(name)", mode)
    }

    func bytes(_ name: String) -> [UInt8]? {
        let descriptor = cl_open("\(path)/\(name)", O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = Glibc.read(descriptor, &buffer, buffer.count)
            guard got > 0 else { return content }
            content += buffer[..<got]
        }
    }

    func read(_ name: String) -> String { String(decoding: bytes(name) ?? [], as: UTF8.self) }
    func lines(_ name: String) -> [String] { read(name).split(separator: "\n").map(String.init) }
    func exists(_ name: String) -> Bool { access("\(path)/\(name)", F_OK) == 0 }

    func write(_ name: String, _ text: String) { write(name, Array(text.utf8)) }

    func write(_ name: String, _ bytes: [UInt8]) {
        let descriptor = cl_open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset) }
            guard written > 0 else { return }
            offset += written
        }
    }
}
