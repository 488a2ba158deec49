// tidy: helper
import Glibc

/// A folder of zone files of the test's own.
struct ZoneFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/zones-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CannotWrite() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    struct CannotWrite: Error {}

    func write(_ name: String, _ bytes: [UInt8]) throws {
        guard let file = fopen("\(path)/\(name).new", "w") else { throw CannotWrite() }
        let written = fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        guard written == bytes.count, rename("\(path)/\(name).new", "\(path)/\(name)") == 0 else { throw CannotWrite() }
    }

    func delete(_ name: String) { unlink("\(path)/\(name)") }

    /// Removes the folder with all files in it.
    func remove() {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                delete(name)
            }
            closedir(folder)
        }
        rmdir(path)
    }
}
