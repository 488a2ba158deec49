import CronDaemon
import Testing

@Suite struct JSONLineTests {
    private func isObject(_ text: String) -> Bool { Array(text.utf8).withUnsafeBufferPointer { JSONLine.isObject($0) } }

    @Test(arguments: [
        "{}", "{ }", #"{"a":1}"#, #"{"a":-0.5e+3,"b":[],"c":[1,[2,{"d":null}]],"e":true,"f":"x"}"#, #"{"a":"\u00e9\ud83d\ude00\n"}"#,
        "{\"a\":1} \t", " \t{\"a\":1}", "{\"a\" :\t1 , \"b\":2}", "{\"ü\":\"日本\u{2028}\"}", #"{"a":[1,2,3],"a":{"b":{}}}"#,
    ])
    func oneObject(_ text: String) { #expect(isObject(text)) }

    @Test(arguments: [
        "", " ", " 1", "{", "}", "[]", "1", #""x""#, #"{"a":1}{"b":2}"#, #"{"a":1},"#, #"{"a":1,}"#, #"{,}"#, #"{"a":[1,]}"#, #"{a:1}"#,
        "{'a':1}",
        #"{"a":01}"#, #"{"a":+1}"#, #"{"a":1.}"#, #"{"a":.5}"#, #"{"a":1e}"#, #"{"a":NaN}"#, #"{"a":tru}"#, #"{"a":"x}"#, #"{"a":"\x"}"#,
        #"{"a":"\u12"}"#, #"{"a":"\u-001"}"#, #"{"a":"\ud800"}"#, #"{"a":"\udc00"}"#, #"{"a":"\ud800\u0041"}"#, "{\"a\":\"\t\"}",
        "{\"a\":\"\u{1B}\"}", #"{"a" 1}"#, #"{"a":1]"#, #"{"a":[1}}"#, #"{"a":}"#, #"{"a"}"#, "{\"a\":1}\u{0}", #"{"a":1 2}"#, "{\u{A0}}",
    ])
    func anythingElse(_ text: String) { #expect(!isObject(text)) }

    @Test func badBytesAreNoObject() {
        #expect(!Array("{\"a\":\"".utf8 + [0xFF] + "\"}".utf8).withUnsafeBufferPointer { JSONLine.isObject($0) })
    }

    @Test func depthIsBounded() {
        func nested(_ depth: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(isObject(nested(99)))
        #expect(!isObject(nested(100)))
        #expect(!isObject("{\"a\":" + String(repeating: "[", count: 16_000)))
    }
}
