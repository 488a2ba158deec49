import CronHandlers
import CronJobs
import Testing

@Suite struct HandlersTests {
    @Test("A handler without a type reads its own version only")
    func versions() throws {
        var handlers = Handlers()
        handlers.add("echo", version: 3) { (_: String, _) in }
        #expect(handlers.supports(HandlerCall(name: "echo", schemaVersion: 3)))
        #expect(!handlers.supports(HandlerCall(name: "echo", schemaVersion: 2)))
        #expect(!handlers.supports(HandlerCall(name: "echo", schemaVersion: 4)))
        #expect(!handlers.supports(HandlerCall(name: "other", schemaVersion: 3)))
        #expect(handlers.schemaVersion(of: "echo") == 3)
        #expect(try handlers.body(of: HandlerCall(name: "other")) == nil)
        #expect(throws: ParameterFault.self) { try handlers.body(of: HandlerCall(name: "echo", schemaVersion: 3, input: Array("7".utf8))) }
    }

    @Test("Equal parameters are equal bytes, whatever the order of their names")
    func bytes() throws {
        struct Wide: Codable {
            var zebra = 1, ant = "a/b", list = [1.5, 2]
        }
        #expect(String(decoding: try ParameterCoding.bytes(of: Wide()), as: UTF8.self) == #"{"ant":"a/b","list":[1.5,2],"zebra":1}"#)
        #expect(try ParameterCoding.value(NoParameters.self, from: try ParameterCoding.bytes(of: NoParameters())) == NoParameters())
    }
}
