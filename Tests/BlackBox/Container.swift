// tidy: helper

/// Containers over one set of volumes: crond as PID 1 with its own processes and mounts, and folders of the test as /etc, /run and /var/lib.
///
/// The folders outlive a container, so that the next one finds them; `freshRoot` is what a container made anew finds.
final class Container: Workbench {
    required init() throws {
        try Privileges.requireContainers()
        try super.init()
        folder.folder("run")
        folder.folder("lib")
    }

    /// Makes /etc anew: as little as programs need, three users, and the table, if there is one.
    func freshRoot(_ table: String?) async throws {
        let etc = "\(folder.path)/etc"
        try await Program.shell(
            """
            rm -rf \(etc) \(folder.path)/run/*
            mkdir \(etc)
            cd /etc
            for name in ld.so.cache ld.so.conf ld.so.conf.d localtime alternatives; do
                if [ -e $name ]; then cp -a $name \(etc)/; fi
            done
            """)
        folder.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nmailer:x:4321:4321:Mail:/nowhere:/bin/sh\n")
        folder.write("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
        folder.write("etc/group", "root:x:0:\nmailer:x:4321:\nletters:x:4322:mailer\nstamps:x:4323:mailer\n")
        if let table { folder.write("etc/crontab", table) }
    }

    /// - Parameters:
    ///   - setup: shell lines that run in the container before crond.
    ///   - wrapper: words before the program's name, such as `setpriv …`.
    func start(
        _ arguments: [String] = [], environment: [String: String] = [:], setup: String = "", wrapper: String = "", waits: Bool = true
    ) async throws -> Daemon {
        let script = "\(mounts)\n\(setup)\ncd /\nexec \(wrapper) \(Program.crond) \(arguments.joined(separator: " "))\n"
        let command = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "/bin/sh", "-ec", script]
        let daemon = try launch(command, environment: environment, isContained: true)
        if waits { try await daemon.expectReady() }
        return daemon
    }

    /// A verb, run inside the same mounts: as `docker exec` would, whether a service runs or not.
    func verb(_ arguments: String..., environment: [String: String] = [:]) async throws -> Program.Result {
        try await verb(arguments, environment: environment)
    }

    func verb(_ arguments: [String], environment: [String: String] = [:]) async throws -> Program.Result {
        let script = "\(mounts)\nexec \(Program.crond) \(arguments.joined(separator: " "))\n"
        return try await Program.run(["unshare", "--mount", "/bin/sh", "-ec", script], environment: environment)
    }

    private var mounts: String {
        ["etc": "/etc", "run": "/run", "lib": "/var/lib"].map { "mount --bind \(folder.path)/\($0.key) \($0.value)" }.joined(
            separator: "\n")
    }

    /// States of all processes of a container but PID 1 and the service, such as `S` or `Z`.
    func otherStates(in daemon: Daemon) async throws -> [String] {
        let lines = try await Program.run(
            ["nsenter", "--target", "\(daemon.pid)", "--pid", "--mount", "ps", "-e", "-o", "pid=,ppid=,stat=,comm="]
        ).lines
        return lines.map { $0.split(separator: " ").map(String.init) }
            .filter { $0.count >= 4 && $0[3] != "crond" && $0[3] != "ps" }
            .map { "\($0[2]) \($0[3])" }
    }
}
