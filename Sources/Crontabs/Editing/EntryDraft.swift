/// An entry as somebody writes it: to be put into a table, or in the place of what a table has.
///
/// It is text, part for part; `EditableCrontab` checks it as a whole.
public struct EntryDraft: Hashable, Sendable {
    public var schedule: ScheduleText
    /// Needed where the table has a column for it, and only there.
    public var user: String?
    /// As it stands in the line: an unescaped `%` begins the standard input. `EntryDraft.text(of:input:)` writes
    /// one that means each `%` literally.
    public var command: String
    /// Not commented out.
    public var isEnabled: Bool
    /// A leading `-` in the system format: starts of this job are not logged.
    public var isQuiet: Bool
    /// The line of prose right above it.
    public var comment: String?
    /// What `# crond:` lines above it set.
    public var directives: DirectiveTexts

    public init(
        _ schedule: ScheduleText, user: String? = nil, command: String, comment: String? = nil, directives: DirectiveTexts = [:],
        isEnabled: Bool = true, isQuiet: Bool = false
    ) {
        self.schedule = schedule
        self.user = user
        self.command = command
        self.comment = comment
        self.directives = directives
        self.isEnabled = isEnabled
        self.isQuiet = isQuiet
    }

    /// A command, and what it is to read from its standard input, as a line has them where the dialect knows `%`.
    public static func text(of command: String, input: String? = nil) -> String {
        let command = escaped(command)
        guard var input else { return command }
        if input.hasSuffix("\n") { input.removeLast() }
        return command + "%" + escaped(input).replacing("\n", with: "%")
    }

    /// Nothing but a backslash right before it keeps a `%` from being a newline.
    private static func escaped(_ text: String) -> String { text.replacing("%", with: "\\%") }
}

/// Keys and values of `# crond:` lines in their order, each key once.
public struct DirectiveTexts: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    public struct Item: Hashable, Sendable {
        public var key: String
        /// Without quotes.
        public var value: String
    }

    public private(set) var items: [Item] = []

    public init(dictionaryLiteral items: (String, String)...) {
        for (key, value) in items { self[key] = value }
    }

    /// The value of a key; nil takes it away.
    public subscript(key: String) -> String? {
        get { items.first { $0.key == key }?.value }
        set {
            guard let place = items.firstIndex(where: { $0.key == key }) else {
                if let newValue { items.append(Item(key: key, value: newValue)) }
                return
            }
            if let newValue { items[place].value = newValue } else { items.remove(at: place) }
        }
    }

    public var isEmpty: Bool { items.isEmpty }

    /// `key=value`, in quotes where the value needs them; nil for a value that no line can hold.
    static func word(_ item: Item) -> String? {
        guard !item.value.contains("\"") else { return nil }
        let isPlain = !item.value.isEmpty && !item.value.utf8.contains { $0.isBlank || $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: ")") }
        return isPlain ? "\(item.key)=\(item.value)" : "\(item.key)=\"\(item.value)\""
    }
}
