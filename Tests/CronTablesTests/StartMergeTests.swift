import CronJobs
import CronTables
import Testing

@Suite("The mixture of a start") struct StartMergeTests {
    private static func file(_ path: String, _ text: String) -> TableFile { TableFile(path: path, content: Array(text.utf8)) }

    private func found(_ path: String, _ text: String?, inode: UInt64 = 1, isNamed: Bool = true) -> FoundFile {
        FoundFile(
            path: path, file: text.map { Self.file(path, $0) }, text: text.map { $0.isEmpty ? .empty : .bytes($0) } ?? .absent,
            hasEntries: text?.contains("*") ?? false, isNamed: isNamed,
            identity: text == nil ? nil : FileIdentity(inode: inode, size: 1, modified: 1, changed: 1))
    }

    private func newest(_ files: [(String, String)]) -> [NewestFile] { files.map { NewestFile(Self.file($0.0, $0.1), hash: $0.1) } }

    private func base(_ files: [String: String]) -> TableBase {
        var base = TableBase()
        base.files = files
        return base
    }

    private func texts(_ merge: StartMerge) -> [String: String] {
        Dictionary(uniqueKeysWithValues: merge.files.map { ($0.path, String(decoding: $0.content, as: UTF8.self)) })
    }

    @Test("A new image's drop-in wins, and costs no edit of the table beside it") func updatedDropIn() {
        let past = StartMerge.Past(deployment: base(["/t": "* image", "/d/a": "* one"]))
        let merge = StartMerge(
            [found("/t", "* image"), found("/d/a", "* two", isNamed: false)], newest: newest([("/t", "* edited"), ("/d/a", "* one")]),
            past: past, policy: .auto)
        #expect(texts(merge) == ["/t": "* edited", "/d/a": "* two"])
        #expect(merge.written.map(\.path) == ["/t"] && merge.removed.isEmpty)
        #expect(merge.base.files == ["/t": "* image", "/d/a": "* two"], "the next start compares with this image")
    }

    @Test("The host's own base counts before the deployment's; without one, the deployment's") func whoseBase() {
        let files = [found("/t", "* v1")], v2 = newest([("/t", "* v2")])
        let old = StartMerge(files, newest: v2, past: .init(host: base(["/t": "* v1"]), deployment: base(["/t": "* v2"])), policy: .auto)
        #expect(texts(old) == ["/t": "* v2"], "a crashed pod that comes back undoes nothing")
        let rolledBack = StartMerge(files, newest: v2, past: .init(deployment: base(["/t": "* v2"])), policy: .auto)
        #expect(texts(rolledBack) == ["/t": "* v1"], "a new pod of the older image does")
    }

    @Test("A file that a service left keeps its base; what is refused is no base, and its last good version goes on") func bases() {
        var host = base(["/t": "* image"])
        host.left["/t"] = [FileIdentity(inode: 7, size: 1, modified: 1, changed: 1)]
        var refused = found("/d/a", nil, isNamed: false)
        refused.isRefused = true
        let merge = StartMerge(
            [found("/t", "* edited", inode: 7), refused], newest: newest([("/t", "* newer"), ("/d/a", "* good")]),
            past: .init(host: host), policy: .auto)
        #expect(texts(merge) == ["/t": "* newer", "/d/a": "* good"])
        #expect(merge.base.files == ["/t": "* image"])
        #expect(merge.written.map(\.path) == ["/t"], "the refused file is not written over")
    }

    @Test("One whose mode or times were changed while no service ran is no other file: its base stays") func touched() {
        var host = base(["/t": "* image"])
        func start(_ left: FileIdentity, _ text: String) -> StartMerge {
            host.left["/t"] = [left]
            return StartMerge(
                [found("/t", text, inode: 7)], newest: newest([("/t", "* edited")]), past: .init(host: host), policy: .auto)
        }
        let before = FileIdentity(inode: 7, size: 1, modified: 1, changed: -9)
        #expect(start(before, "* edited").base.files == ["/t": "* image"])
        #expect(texts(start(before, "* edited")) == ["/t": "* edited"])
        #expect(start(before, "* by hand").base.files == ["/t": "* by hand"], "its text was changed")
        let other = FileIdentity(inode: 8, size: 1, modified: 1, changed: -9)
        #expect(start(other, "* edited").base.files == ["/t": "* edited"], "another file with the newest text is an image's")
    }

    @Test("With another image, what services left of earlier ones says nothing any more: a roll-back wins") func rollBack() {
        var host = base(["/t": "* v1"])
        host.left["/t"] = [FileIdentity(inode: 1, size: 1, modified: 1, changed: 1)]
        func start(_ text: String, inode: UInt64, newest text2: String) -> StartMerge {
            StartMerge([found("/t", text, inode: inode)], newest: newest([("/t", text2)]), past: .init(host: host), policy: .auto)
        }
        #expect(start("* v1", inode: 1, newest: "* v2").replaced.isEmpty, "a restart in place")
        #expect(start("* v1", inode: 9, newest: "* v2").replaced.isEmpty, "a new container of the same image")
        #expect(start("* v2", inode: 2, newest: "* v1").replaced == ["/t"])
        #expect(start("* v2", inode: 2, newest: "* v2").replaced == ["/t"], "also where another host has deployed it")
        host.unknown = ["/t"]
        host.files = [:]
        var mounted = found("/t", "* v2", inode: 2)
        mounted.isMounted = true
        let merge = StartMerge([mounted], newest: newest([("/t", "* v1")]), past: .init(host: host), policy: .auto)
        #expect(merge.replaced == ["/t"], "without a base, what wins is another's")
    }

    @Test("A file on a mount of its own has no base: what is put back in it wins") func mounted() {
        var mounted = found("/t", "* v1")
        mounted.isMounted = true
        let merge = StartMerge([mounted], newest: newest([("/t", "* v2")]), past: .init(host: base(["/t": "* v1"])), policy: .auto)
        #expect(texts(merge) == ["/t": "* v1"])
        #expect(merge.base.base(of: "/t") == .unknown)
    }

    @Test("A drop-in that was added while running comes back in a new container, not where it was removed by hand") func dropIns() {
        var host = base([:])
        host.seen = ["/d/a"]
        host.folders = ["/d": FolderIdentity(inode: 5, born: 1)]
        var past = StartMerge.Past(host: host)
        past.folders = ["/d": FolderIdentity(inode: 5, born: 2)]
        let files = newest([("/t", "* t"), ("/d/a", "* a")])
        let anew = StartMerge([found("/t", "* t")], newest: files, past: past, policy: .auto)
        #expect(anew.written.map(\.path) == ["/d/a"] && anew.files.count == 2)
        past.folders = ["/d": FolderIdentity(inode: 5, born: 1)]
        let inPlace = StartMerge([found("/t", "* t")], newest: files, past: past, policy: .auto)
        #expect(inPlace.written.isEmpty && inPlace.files.count == 1)
        past.folders = [:]
        past.fixedFolders = ["/d"]
        #expect(StartMerge([found("/t", "* t")], newest: files, past: past, policy: .auto).files.count == 1, "a ConfigMap decides")
    }

    @Test("The legacy cache is about its file only, and yields to entries that it does not have") func legacy() {
        let files = [found("/t", "* mine"), found("/d/a", "* a", isNamed: false)]
        let imported = newest([("/t", "* cache"), ("/d/a", "* a")])
        for usesCache in [true, false] {
            var past = StartMerge.Past()
            past.legacy = (path: "/t", usesCache: usesCache)
            let merge = StartMerge(files, newest: imported, past: past, policy: .auto)
            #expect(texts(merge) == ["/t": usesCache ? "* cache" : "* mine", "/d/a": "* a"])
            #expect(merge.decisions.contains { $0.path == "/t" && $0.choice.warns == !usesCache })
        }
    }

    @Test("--on-start forces either side; a first start takes what is there") func policies() {
        let files = [found("/t", "* t"), found("/d/a", "* a", isNamed: false)], store = newest([("/t", "* s"), ("/d/b", "* b")])
        let past = StartMerge.Past(deployment: base(["/t": "* t"]))
        #expect(texts(StartMerge(files, newest: store, past: past, policy: .file)) == ["/t": "* t", "/d/a": "* a"])
        let forced = StartMerge(files, newest: store, past: past, policy: .store)
        #expect(texts(forced) == ["/t": "* s", "/d/b": "* b"] && forced.removed == ["/d/a"])
        #expect(texts(StartMerge(files, newest: nil, past: .init(), policy: .auto)) == ["/t": "* t", "/d/a": "* a"])
    }
}
