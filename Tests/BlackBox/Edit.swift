// tidy: helper
internal import Testing

/// A way in which people and programs change /etc/crontab.
enum Edit: String, CaseIterable, CustomTestStringConvertible {
    case inPlace = "writing in place"
    case copy = "cp"
    case slowWriter = "a slow writer"
    case renameOver = "renaming over it"
    case sed = "sed -i"
    case configMap = "a ConfigMap's swapped symbolic link"
    case singleFileMount = "in-place change of a bind-mounted single file"
    case deleteThenCreate = "deleting and creating it"
    case viaRoot = "writing through the container's own path"

    var testDescription: String { rawValue }

    /// What the container does before crond starts; `folder` is the test's.
    func setup(_ folder: String) -> String {
        self == .singleFileMount ? "cp /etc/crontab \(folder)/single; mount --bind \(folder)/single /etc/crontab" : ""
    }

    /// Lays the table out as this edit needs it.
    func prepare(_ folder: String) async throws {
        guard self == .configMap else { return }
        try await Program.shell(
            "cd \(folder)/etc; mkdir ..v1; mv crontab ..v1/; ln -s ..v1 ..data; ln -s ..data/crontab crontab")
    }

    /// Shell text that puts `new` in the table's place.
    func command(_ folder: String, new: String, container: Int32) -> String {
        let table = "\(folder)/etc/crontab"
        return switch self {
        case .inPlace: "cat \(new) > \(table)"
        case .copy: "cp \(new) \(table)"
        case .slowWriter:
            """
            total=$(wc -c < \(new)); step=$((total / 4 + 1)); at=0
            while [ $at -lt $total ]; do
                tail -c +$((at + 1)) \(new) | head -c $step; at=$((at + step)); sleep 0.1
            done > \(table)
            """
        case .renameOver: "cp \(new) \(folder)/etc/new; mv \(folder)/etc/new \(table)"
        case .sed: "sed -i -e \"\\$r \(new)\" -e '1,$d' \(table)"
        case .configMap: "cd \(folder)/etc; mkdir ..v2; cp \(new) ..v2/crontab; ln -s ..v2 ..data_tmp; mv -T ..data_tmp ..data; rm -r ..v1"
        case .singleFileMount: "cat \(new) > \(folder)/single"
        case .deleteThenCreate: "rm \(table); sleep 0.3; cp \(new) \(table)"
        case .viaRoot: "cat \(new) > /proc/\(container)/root/etc/crontab"
        }
    }
}
