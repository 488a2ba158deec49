import CronTables
import Testing

@Suite("What a start uses of a file, row by row") struct FileChoiceTests {
    typealias Text = FileFacts.Text
    private static let image = Text.bytes("image"), edited = Text.bytes("edited"), other = Text.bytes("other")

    private func row(_ facts: FileFacts) -> FileChoice.Row { FileChoice.choose(facts).row }

    @Test("Read-only files and symbolic links are used as they are, whatever else is known", arguments: [true, false])
    func fixed(isNamed: Bool) {
        for found in [Self.image, .empty, .absent] {
            let facts = FileFacts(
                isNamed: isNamed, found: found, isFixed: true, isLeft: true, newest: Self.edited, base: .known(Self.image))
            #expect(FileChoice.choose(facts) == FileChoice(.fixed, usesNewest: false))
        }
    }

    @Test("The very file that a service left gives way to the newest, even to 'removed'") func left() {
        let facts = FileFacts(found: Self.other, isLeft: true, newest: Self.edited, base: .known(Self.image))
        #expect(FileChoice.choose(facts) == FileChoice(.left, usesNewest: true))
        var dropIn = facts
        (dropIn.isNamed, dropIn.newest) = (false, .absent)
        #expect(FileChoice.choose(dropIn) == FileChoice(.left, usesNewest: true))
        var named = facts
        named.newest = .absent
        #expect(FileChoice.choose(named).usesNewest == false, "a named file is never removed")
    }

    @Test("What equals the newest stays as it is") func equal() {
        for text in [Self.image, .empty, .absent] {
            let facts = FileFacts(found: text, hasEntries: false, newest: text, base: .known(Self.other))
            #expect(FileChoice.choose(facts) == FileChoice(.equal, usesNewest: false))
        }
    }

    @Test("A named file without a byte is written back where the base had none either, or is not known", arguments: [Text.absent, .empty])
    func missing(found: Text) {
        for base in [FileFacts.Base.unknown, .known(.absent), .known(.empty)] {
            let facts = FileFacts(found: found, hasEntries: false, newest: Self.edited, base: base)
            #expect(FileChoice.choose(facts) == FileChoice(.missing, usesNewest: true))
        }
    }

    @Test("Where the base had bytes, somebody took the named file away: with the warning", arguments: [Text.absent, .empty])
    func takenAway(found: Text) {
        for base in [Self.image, Self.edited] {
            let facts = FileFacts(found: found, hasEntries: false, newest: Self.edited, base: .known(base))
            #expect(FileChoice.choose(facts) == FileChoice(.takenAway, usesNewest: false, warns: true))
        }
    }

    @Test("A drop-in that the image had is removed; where it was edited, with the warning") func removed() {
        var facts = FileFacts(isNamed: false, found: .absent, newest: Self.image, base: .known(Self.image))
        #expect(FileChoice.choose(facts) == FileChoice(.removed, usesNewest: false))
        facts.newest = Self.edited
        #expect(FileChoice.choose(facts) == FileChoice(.removed, usesNewest: false, warns: true))
    }

    @Test("So is one that a service saw in this very folder") func removedHere() {
        let facts = FileFacts(isNamed: false, found: .absent, wasSeenHere: true, newest: Self.edited, base: .known(.absent))
        #expect(FileChoice.choose(facts) == FileChoice(.removed, usesNewest: false, warns: true))
    }

    @Test("Any other drop-in that is absent was added while running, and comes back") func added() {
        for base in [FileFacts.Base.unknown, .known(.absent)] {
            let facts = FileFacts(isNamed: false, found: .absent, newest: Self.edited, base: base)
            #expect(FileChoice.choose(facts) == FileChoice(.added, usesNewest: true))
        }
    }

    @Test("The image's file gives way to the newest, also where that is 'removed'") func image() {
        var facts = FileFacts(found: Self.image, newest: Self.edited, base: .known(Self.image))
        #expect(FileChoice.choose(facts) == FileChoice(.image, usesNewest: true))
        (facts.isNamed, facts.newest) = (false, .absent)
        #expect(FileChoice.choose(facts) == FileChoice(.image, usesNewest: true))
    }

    @Test("Without a base, a file of nothing but comments gives way") func noEntries() {
        let facts = FileFacts(found: Self.other, hasEntries: false, newest: Self.edited)
        #expect(FileChoice.choose(facts) == FileChoice(.noEntries, usesNewest: true))
        var unknown = facts
        (unknown.isNamed, unknown.newest) = (false, .absent)
        #expect(row(unknown) == .changed, "but nothing is removed that is in no revision")
    }

    @Test("Anything else was changed by somebody and wins; an edit that loses to it is named", arguments: [true, false])
    func changed(hasEntries: Bool) {
        var facts = FileFacts(found: Self.other, hasEntries: hasEntries, newest: Self.edited, base: .known(Self.image))
        #expect(FileChoice.choose(facts) == FileChoice(.changed, usesNewest: false, warns: true))
        facts.newest = Self.image
        #expect(FileChoice.choose(facts) == FileChoice(.changed, usesNewest: false), "nobody edited it")
        (facts.newest, facts.isNamed, facts.base) = (.absent, false, .known(.absent))
        #expect(FileChoice.choose(facts) == FileChoice(.changed, usesNewest: false), "it is new")
    }
}
