// tidy: helper
internal import Glibc

/// A container over an image. It can be started, edited while it runs or not, and started again with all that was written in it.
///
/// Its root is an overlay of the image's layers, as container engines make it: a file of the image that nobody changed is the same one in each
/// container. Where an overlay cannot be mounted here, the root is a copy.
final class ImageContainer {
    let place: String
    private let bench: Images
    private let image: Image
    private let volume: String?
    private let host: String
    private var daemon: Daemon?

    init(_ bench: Images, image: Image, place: String, volume: String?, host: String) {
        (self.bench, self.image, self.place, self.volume, self.host) = (bench, image, place, volume, host)
    }

    /// Whether no overlay could be mounted.
    var isCopied: Bool { access(place + "/copied", F_OK) == 0 }

    /// Starts crond, which waits for nobody else: the container is this service.
    ///
    /// - Parameters:
    ///   - uid: the user, and its group of the same number, that it is started as.
    ///   - isPID1: in a process namespace of its own; else among the processes of the machine.
    ///   - setup: shell lines that run as root before crond, with the container's root at `$ROOT`.
    @discardableResult
    func start(
        _ arguments: [String] = [], environment: [String: String] = [:], uid: Int = 0, isPID1: Bool = true, setup: String = "",
        waits: Bool = true
    ) async throws -> Daemon {
        let user = uid == 0 ? "" : "--userspec=+\(uid):+\(uid) --groups="
        let processes = isPID1 ? "mount -t proc proc $ROOT/proc" : "mount --rbind /proc $ROOT/proc"
        let script = "\(mounts)\n\(processes)\n\(setup)\nexec chroot \(user) $ROOT crond \(arguments.joined(separator: " "))\n"
        let separate = isPID1 ? ["--pid", "--fork", "--kill-child"] : []
        let daemon = try bench.launch(
            ["unshare", "--mount", "--uts"] + separate + ["/bin/sh", "-ec", script],
            environment: ["OUT": "/out"].merging(environment) { $1 }, isContained: isPID1)
        self.daemon = daemon
        if waits { try await daemon.expectReady() }
        return daemon
    }

    /// A verb of crond, as `docker exec` would run it; where nothing runs, as `docker run` with another command.
    func verb(_ arguments: String..., environment: [String: String] = [:]) async throws -> Program.Result {
        try await run(["crond"] + arguments, environment: environment)
    }

    /// Shell text in the container, whether it runs or not; a failure of it is the test's.
    @discardableResult
    func shell(_ text: String, input: String = "") async throws -> String {
        let result = try await run(["/bin/sh", "-ec", text], input: input)
        guard result.code == 0 else { throw Complaint("sh: \(text): exit \(result.code): \(result.errors)") }
        return result.out
    }

    func read(_ path: String) async throws -> String { try await shell("cat \(path)") }

    /// Writes in place, as an editor's `:w` or a shell's `>` does it.
    func write(_ path: String, _ text: String) async throws { try await shell("cat > \(path)", input: text) }

    private func run(_ words: [String], environment: [String: String] = [:], input: String = "") async throws -> Program.Result {
        if let daemon, daemon.isRunning {
            let enter = ["nsenter", "--target", "\(daemon.pid)", "--mount", "--uts", "--pid", "--root", "--wd"]
            return try await Program.run(enter + words, environment: environment, input: input)
        }
        let script = "\(mounts)\nmount -t proc proc $ROOT/proc\nexec chroot $ROOT \"$@\"\n"
        let separate = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child"]
        return try await Program.run(separate + ["/bin/sh", "-ec", script, "sh"] + words, environment: environment, input: input)
    }

    /// Shell text that mounts the root at `$ROOT`. A debug build needs libraries that the image does not have.
    private var mounts: String {
        """
        ROOT=\(place)/root
        echo \(host) > /proc/sys/kernel/hostname
        if [ -e \(place)/copied ] || ! mount -t overlay overlay \
            -o lowerdir=\(image.layers.joined(separator: ":")),upperdir=\(place)/upper,workdir=\(place)/work $ROOT; then
            [ -e \(place)/copied ] || { cp -a \(image.layers[0])/. $ROOT/ && touch \(place)/copied; }
            mount --bind $ROOT $ROOT
        fi
        mount --rbind /dev $ROOT/dev
        mount --bind \(Program.crond) $ROOT/usr/local/bin/crond
        ldd \(Program.crond) 2>/dev/null | sed -n 's/.*=> \\(\\/[^ ]*\\) .*/\\1/p' | while read -r library; do
            [ -s $ROOT$library ] && continue
            mkdir -p $ROOT${library%/*}
            : > $ROOT$library
            mount --bind $library $ROOT$library
        done
        mkdir -p $ROOT/out
        mount --bind \(bench.folder.path)/out $ROOT/out
        \(volume.map { "mkdir -p $ROOT/var/lib/crond\nmount --bind \($0) $ROOT/var/lib/crond" } ?? "")
        """
    }
}
