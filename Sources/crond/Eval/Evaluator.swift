internal import CronExpressions
internal import Crontabs
internal import FoundationEssentials

/// Answers one line of `crond eval`. A pure function of the line but for files and zones that it names.
enum Evaluator {
    static let countLimit = 10_000

    struct Failure: Error {
        var message: String
    }

    static func answer(_ line: ArraySlice<UInt8>) -> [UInt8] {
        do {
            let question = try question(line)
            if let expression = question.expr { return text(try fireTimes(expression, question)) }
            return text(try table(question))
        } catch {
            return text(["error": error.message])
        }
    }

    private static func text(_ value: some Encodable) -> [UInt8] { Array(JSONText.of(value).utf8) + [10] }

    private static func question(_ line: ArraySlice<UInt8>) throws(Failure) -> Question {
        do {
            return try JSONDecoder().decode(Question.self, from: Data(line))
        } catch let DecodingError.typeMismatch(_, context) {
            guard let key = context.codingPath.first?.stringValue else { throw noObject }
            throw Failure(message: "\(key): expected \(key == "count" ? "a whole number from 0 to \(countLimit)" : "a text")")
        } catch {
            throw noObject
        }
    }

    private static let noObject = Failure(message: "expected one JSON object on the line, with \"expr\", \"crontab\" or \"path\"")

    private static func zone(_ name: String?) throws(Failure) -> Zone {
        guard let name, !name.isEmpty else { return Surroundings.ownZone }
        do {
            return try Surroundings.zones.zone(named: name)
        } catch {
            throw Failure(message: "tz: \(error)")
        }
    }

    private static func dialect(_ name: String?) throws(Failure) -> Dialect {
        guard let name else { return .vixie }
        guard let dialect = Dialect(named: name) else {
            throw Failure(message: "dialect: there is no \(name); expected \(Dialect.all.map(\.name).joined(separator: ", "))")
        }
        return dialect
    }

    // MARK: Fire times

    struct Times: Encodable {
        var next: [String]
        /// Where a language was asked for.
        var meaning: String?
    }

    private static func language(_ name: String?) throws(Failure) -> ExplanationLanguage? {
        guard let name else { return nil }
        guard let language = ExplanationLanguage(rawValue: name) else { throw Failure(message: "lang: expected \"en\" or \"zh\"") }
        return language
    }

    private static func fireTimes(_ text: String, _ question: Question) throws(Failure) -> Times {
        let zone = try zone(question.tz)
        let dialect = try dialect(question.dialect)
        var after = Surroundings.now
        if let text = question.after {
            guard let instant = Instant(rfc3339: text) else { throw Failure(message: "after: \(text) is no RFC 3339 time") }
            after = instant
        }
        guard after < Instant.endOfCalendar else { throw Failure(message: "after: the calendar ends with the year 2499") }
        let count = question.count?.value ?? 1
        guard (0...countLimit).contains(count) else {
            throw Failure(message: "count: expected a whole number from 0 to \(countLimit)")
        }
        let language = try language(question.lang)
        do {
            let expression = try CronExpression(text, dialect: dialect)
            let times = expression.schedule(in: zone).fireTimes(after: after).prefix(count).map { $0.rfc3339(in: zone) }
            return Times(next: times, meaning: language.map(expression.meaning))
        } catch {
            throw Failure(message: error.diagnostics.map(sentence).joined(separator: "; "))
        }
    }

    private static func sentence(_ diagnostic: Diagnostic) -> String {
        var text = diagnostic.message
        if let expected = diagnostic.expected { text += ", expected \(expected)" }
        if let suggestion = diagnostic.suggestion { text += ", write \(suggestion)" }
        return text
    }

    // MARK: Tables

    private static func table(_ question: Question) throws(Failure) -> TableAnswer {
        let bytes: [UInt8]
        if let text = question.crontab {
            bytes = Array(text.utf8)
        } else if let path = question.path {
            do {
                bytes = try Output.readRegular(path)
            } catch {
                throw Failure(message: "path: \(path): \(error.reason)")
            }
        } else {
            throw Failure(message: "expected \"expr\", \"crontab\" or \"path\"")
        }
        guard let format = TableFormat(rawValue: question.format ?? "system") else {
            throw Failure(message: "format: expected \"system\" or \"user\"")
        }
        let zone = try zone(question.tz)
        let dialect = try dialect(question.dialect)
        let crontab = Surroundings.crontab(
            bytes, path: question.path ?? "crontab", format: format.format, zone: zone, dialect: dialect)
        let meanings = try language(question.lang).map {
            EntryMeanings(bytes, format: format.format, dialect: dialect, zone: zone, path: question.path ?? "crontab", in: $0)
        }
        return TableAnswer(
            entries: crontab.entries.map { TableAnswer.Entry($0, bytes, meanings) },
            errors: crontab.diagnostics.filter(\.isError).map { TableAnswer.Problem($0) },
            warnings: crontab.diagnostics.filter { !$0.isError }.map { TableAnswer.Problem($0) })
    }
}

/// A question: one line of input.
struct Question: Decodable {
    var expr: String?
    var tz: String?
    var after: String?
    var count: WholeNumber?
    var dialect: String?
    var lang: String?
    var path: String?
    var crontab: String?
    var format: String?
}

/// Says which key it stood at when it is none; the decoder's own error for `1.5` does not.
struct WholeNumber: Decodable {
    var value: Int

    init(from decoder: any Decoder) throws {
        guard let value = try? decoder.singleValueContainer().decode(Int.self) else {
            throw DecodingError.typeMismatch(Int.self, .init(codingPath: decoder.codingPath, debugDescription: "no whole number"))
        }
        self.value = value
    }
}
