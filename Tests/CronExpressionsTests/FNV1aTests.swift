import CronExpressions
import Testing

@Suite("FNV-1a") struct FNV1aTests {
    @Test(
        "gives the numbers of its authors",
        arguments: [("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8)] as [(String, UInt64)])
    func vectors(_ text: String, _ value: UInt64) {
        var whole = FNV1a(), byBytes = FNV1a(), byArray = FNV1a()
        whole.add(text)
        for byte in text.utf8 { byBytes.add(byte) }
        byArray.add(Array(text.utf8))
        #expect(whole.value == value && byBytes.value == value && byArray.value == value)
    }

    @Test("takes numbers as eight bytes, the lowest first") func numbers() {
        var number = FNV1a(), bytes = FNV1a()
        number.add(UInt64(0x0102))
        bytes.add([2, 1, 0, 0, 0, 0, 0, 0])
        #expect(number.value == bytes.value)
    }
}
