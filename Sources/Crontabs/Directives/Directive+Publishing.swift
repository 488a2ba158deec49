public import CronJobs

/// An entry that sends a message in place of running its command.
extension Directive {
    static let publish = Directive(
        "publish", sets: \.publishes, to: ValueForm("`amqp`") { $0 == "amqp" ? true : nil },
        meaning:
            "send a message instead of running the command: the job's stored body, else what stands behind the `%`, else the command's text",
        otherwise: .words("the command is run"))

    static let exchange = Directive(
        "exchange", sets: \.exchange, to: destination, meaning: "where the message goes", otherwise: .words("the broker's default exchange")
    )

    static let key = Directive(
        "key", sets: \.routingKey, to: destination, meaning: "the message's routing key; for the default exchange the name of the queue",
        otherwise: .words("none"))

    private static let destination = ValueForm<String?>("1 to \(longestName) bytes without blanks") { text in
        (1...longestName).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 32 && $0 != 127 } ? .some(text) : nil
    }

    /// What AMQP has room for.
    private static let longestName = 255

    /// Keys that are about a process, which an entry that publishes has not.
    static let aboutProcesses: [Directive] = [
        .cwd, .umask, .exec, .nice, .limitMemory, .limitCPU, .limitAddressSpace, .limitCPUTime, .limitFiles, .noNewPrivileges, .linger,
        .killAfter, .successCodes, .log, .logKeep, .onStop,
    ]
}

extension DirectiveBlock {
    /// What keys of publishing do not go together with; `nil` where they do.
    var publishingFault: String? {
        let ending = "; so this entry does not run"
        guard directives.publishes else {
            guard names(.exchange, .key) else { return nil }
            return "exchange= and key= belong to publish=amqp, which does not stand here" + ending
        }
        if directives.exchange == nil, directives.routingKey == nil { return "publish=amqp needs exchange=, key= or both" + ending }
        guard let stray = Directive.aboutProcesses.first(where: { names($0) }) else { return nil }
        return "\(stray.key)= is about a process, and publish=amqp starts none" + ending
    }
}

extension CrontabEntry {
    /// What is sent where the entry publishes; `nil` where it runs its command.
    ///
    /// - Parameter command: its text, as far as it is the user's.
    public func publication(of command: String) -> Publication? {
        guard let directives = extras?.directives, directives.publishes else { return nil }
        var content = input ?? command
        // The line end is for programs that read lines.
        if input != nil, content.last == "\n" { content.removeLast() }
        return Publication(exchange: directives.exchange, key: directives.routingKey, content: content)
    }
}
