import CronTables
import Testing

@Suite("The stored form of bases") struct TableBaseTests {
    @Test("All of it comes back, whatever the paths hold") func roundTrip() {
        var base = TableBase()
        base.setBase(.known(.bytes("abc")), of: "/a b\\n\nc")
        base.setBase(.known(.empty), of: "/e")
        base.setBase(.unknown, of: "/u")
        base.left["/a"] = [1, 2].map { FileIdentity(inode: $0, size: 2, modified: -3, changed: 4) }
        base.seen = ["/d/a"]
        base.folders["/d"] = FolderIdentity(inode: 9, born: 10)
        base.once = ["crondServiceTask-0123456789abcdef-2"]
        #expect(TableBase(base.text) == base)
        #expect(base.base(of: "/a b\\n\nc") == .known(.bytes("abc")) && base.base(of: "/e") == .known(.empty))
        #expect(base.base(of: "/u") == .unknown && base.base(of: "/nothing") == .known(.absent))
        base.setBase(.known(.absent), of: "/u")
        #expect(base.base(of: "/u") == .known(.absent))
    }

    @Test("A text of another form says nothing", arguments: ["", "bases 2", "hash 1:2:3:4", "bases 1\nmore", "bases 1\nbase x"])
    func foreign(text: String) { #expect(TableBase(text) == nil) }

    @Test("A damaged identity is no identity") func damaged() {
        #expect(TableBase("bases 1\nleft 1:2:x:4 /a")?.left["/a"] == nil)
    }

    @Test("Of the files that containers of one host name left, each is known, and the latest are kept") func left() {
        func identity(_ inode: UInt64) -> FileIdentity { FileIdentity(inode: inode, size: 1, modified: 1, changed: 1) }
        var base = TableBase()
        for inode in UInt64(1)...20 { base.leave("/a", identity(inode), insteadOf: nil) }
        base.leave("/a", identity(21), insteadOf: identity(20))
        #expect(base.left["/a"]?.count == 16 && base.isLeft("/a", identity(21)) && base.isLeft("/a", identity(19)))
        #expect(!base.isLeft("/a", identity(20)) && !base.isLeft("/a", identity(1)) && !base.isLeft("/a", nil))
    }

    @Test("A folder of another birth is another folder") func folders() {
        var base = TableBase()
        base.seen = ["/d/a"]
        base.folders["/d"] = FolderIdentity(inode: 9, born: 10)
        #expect(base.saw("/d/a", in: "/d", FolderIdentity(inode: 9, born: 10)))
        #expect(!base.saw("/d/a", in: "/d", FolderIdentity(inode: 9, born: 11)))
        #expect(!base.saw("/d/b", in: "/d", FolderIdentity(inode: 9, born: 10)) && !base.saw("/d/a", in: "/d", nil))
    }
}
