internal import ArgumentParser

/// The words behind a verb as whoever wrote them means them, before the parser reads them.
///
/// The parser takes `--seed=` for an option without a value and then the next word for its value, and `-10` for an option. A script writes
/// `--seed="$SEED"`, and its variable is empty: where the setting has a variable of its own, an empty one, too, is none.
enum CommandWords {
    struct Fault: Error {
        var message: String
    }

    static func meant(_ words: [String], by verb: any ParsableCommand.Type) throws(Fault) -> [String] {
        guard words.contains(where: { $0.hasPrefix("-") && $0.hasSuffix("=") || isBelowZero($0) || isGlued($0) }) else { return words }
        let options = VerbOptions(of: verb)
        var meant: [String] = []
        var open: VerbOptions.Option?
        for (index, word) in words.enumerated() {
            let asking = open
            open = nil
            if asking?.takesAnyWord == true {
                meant.append(word)
            } else if word == "--" {
                return meant + words[index...]
            } else if isBelowZero(word) {
                if asking != nil, let option = meant.popLast() {
                    meant.append("\(option)=\(word)")
                } else {
                    meant.append(word)
                }
            } else if isGlued(word), options[word.prefix(2)]?.takesValue == true {
                meant += [String(word.prefix(2)), String(word.dropFirst(2))]
            } else if try !isEmpty(word, options) {
                meant.append(word)
                if let option = options[word], option.takesValue { open = option }
            }
        }
        return meant
    }

    /// `--seed=`; a fault where the option needs a value.
    private static func isEmpty(_ word: String, _ options: VerbOptions) throws(Fault) -> Bool {
        guard word.hasPrefix("-"), word.hasSuffix("="), let option = options[word.dropLast()], option.takesValue else { return false }
        guard option.hasVariable else { throw Fault(message: "\(word): there is no value behind the =") }
        return true
    }

    /// `-10`, `-10m`: no option begins with a digit.
    private static func isBelowZero(_ word: String) -> Bool { word.hasPrefix("-") && word.dropFirst().first?.isNumber == true }

    /// `-n1`: a number right behind a short option.
    private static func isGlued(_ word: String) -> Bool {
        word.count > 2 && word.hasPrefix("-") && !word.hasPrefix("--") && word.dropFirst(2).allSatisfy(\.isNumber)
    }

    // MARK: Options that are none

    /// What the parser says, with a suggestion only where something is near.
    static func told(_ message: String, by verb: any ParsableCommand.Type) -> String {
        let start = "Unknown option '"
        guard message.hasPrefix(start) else { return message }
        let name = String(message.dropFirst(start.count).prefix { $0 != "'" })
        return "unknown option '\(name)'" + (VerbOptions(of: verb).nearest(to: name).map { " (did you mean '\($0)'?)" } ?? "")
    }
}
