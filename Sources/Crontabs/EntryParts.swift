internal import CronExpressions

/// Where the parts of an entry stand in the file.
struct EntryParts {
    var schedule: Range<Int>
    /// 0 for a nickname.
    var fieldCount: Int
    /// Empty in the user format.
    var user: Range<Int>
    var command: Range<Int>
    var quiet: Bool
    /// The seconds of the `every=` above; 0 for none.
    var every: Int64 = 0

    enum Reading {
        case parts(EntryParts)
        /// Why a line has no such parts.
        case fault(LineFault)
    }

    /// Splits a line that starts at its first character that is no blank into `count` fields (or the nickname of so many words), the user if
    /// there is one, and the command: all that is left, its trailing blanks included.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, count: Int, hasUser: Bool) -> Reading {
        let end = line.upperBound
        var at = line.lowerBound
        let quiet = hasUser && at < end && bytes[at] == UInt8(ascii: "-")
        if quiet { at += 1 }
        let start = at
        let isNickname = at < end && bytes[at] == UInt8(ascii: "@")
        let wanted = count
        var found = 0
        var fieldsEnd = at
        while found < wanted, at < end, !bytes[at].isBlank {
            fieldsEnd = bytes.skipWord(at, end)
            at = bytes.skipBlanks(fieldsEnd, end)
            found += 1
        }
        guard found == wanted else {
            let message =
                found <= 1
                ? "this is no entry, no assignment and no comment" : "an entry has \(wanted) fields, this line has \(found)"
            return .fault(LineFault(message, at: start..<max(fieldsEnd, start), expected: shape(wanted, hasUser)))
        }
        var user = at..<at
        if hasUser {
            user = at..<bytes.skipWord(at, end)
            at = bytes.skipBlanks(user.upperBound, end)
        }
        guard at < end else {
            return .fault(missing(bytes, user, fieldsEnd, wanted, isNickname, hasUser))
        }
        return .parts(
            EntryParts(
                schedule: start..<fieldsEnd, fieldCount: isNickname ? 0 : count, user: user, command: at..<end, quiet: quiet))
    }

    /// Takes cronie's `-n` off the command, if it begins with it.
    mutating func takeMailOption(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.hasPrefix("-n", at: command.lowerBound, command.upperBound) else { return false }
        let start = command.lowerBound + 2
        guard start == command.upperBound || bytes[start].isBlank else { return false }
        command = bytes.skipBlanks(start, command.upperBound)..<command.upperBound
        return true
    }

    private static func missing(
        _ bytes: UnsafeBufferPointer<UInt8>, _ user: Range<Int>, _ fieldsEnd: Int, _ count: Int, _ isNickname: Bool, _ hasUser: Bool
    ) -> LineFault {
        let expected = isNickname ? (hasUser ? "@nickname user command" : "@nickname command") : shape(count, hasUser)
        if hasUser, !user.isEmpty {
            return LineFault(
                "there is no command after the user “\(bytes.text(user))”: in a system crontab the user stands before the command",
                at: user, expected: expected)
        }
        return LineFault(
            hasUser ? "there is no user and no command" : "there is no command", at: fieldsEnd..<fieldsEnd, expected: expected)
    }

    private static func shape(_ count: Int, _ hasUser: Bool) -> String {
        let five = "minute hour day-of-month month day-of-week"
        let fields = count == 5 ? five : count == 6 ? "second " + five : count == 7 ? "second " + five + " year" : "@nickname"
        return fields + (hasUser ? " user command" : " command")
    }
}
