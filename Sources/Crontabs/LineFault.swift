/// What is wrong with a line. The range counts bytes of the file.
struct LineFault {
    var message: String
    var range: Range<Int>
    var expected: String?
    var suggestion: String?

    init(_ message: String, at range: Range<Int>, expected: String? = nil, suggestion: String? = nil) {
        self.message = message
        self.range = range
        self.expected = expected
        self.suggestion = suggestion
    }
}
