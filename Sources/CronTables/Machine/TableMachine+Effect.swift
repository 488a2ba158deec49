internal import CronExpressions
internal import CronJobs
internal import Crontabs

// What the machine is told, and what it wants done. Each question has one answer of its own kind, or `failed`.

/// A moment on both clocks, and how the one that plans stands to the one by which files are stamped.
struct TableMoment: Hashable {
    var wall: WallTime
    var monotonic: MonotonicTime
    /// What a shared store's clock is ahead of this machine's.
    var ahead = Duration.zero

    /// A time of a file, by the clock that plans.
    func planned(_ stamped: WallTime) -> Instant { (stamped + ahead).instant }
}

extension TableMachine {
    enum Event {
        case start(StartPolicy)
        /// The files may have changed. With `force` they are read whatever their identities say: a reload.
        case look(force: Bool, isBeingWritten: Bool)
        /// It is time to look at what others published.
        case follow
        /// It is time to agree with others on the seed of drawn times.
        case seedDue
        case restore(Int, author: String?)
        /// Somebody saw without asking that the files are those of the last look.
        case foundUnchanged(at: WallTime)
        /// From now on `a~b` is drawn from this seed.
        case draw(TableSeed)
        case answered(Answer)
    }

    enum Effect {
        case tell([TableEvent])
        /// As long as the files are these, nobody need ask; `nil`: somebody must.
        case calm([TableSnapshot.Stamp]?)
        case ask(Question)
        case finish(Outcome)
    }

    /// What became of an occasion.
    enum Outcome {
        case unchanged
        /// Something is going on; to be looked at again after this long.
        case unsettled(Duration)
        case changed(LoadedTable)
        case refused(TableRefusal)
        // Of a restore.
        case noRevision
        /// The revision names files that are none of this table's: nothing was changed.
        case otherFiles([String])
        /// It is the newest, and the files hold it.
        case isCurrent
    }

    enum Question {
        // The files.
        case glance
        case read
        case survey
        case readOnlyFile
        case write([TableWrite], removing: [String])
        case zones
        // The past.
        case newest
        case newestNumber
        case standing(of: Int)
        case judge(Revision)
        /// Of a revision that may be used.
        case files(of: Int)
        /// Of any revision: whoever asks vouches for it.
        case anyFiles(of: Int)
        case revisions
        /// Whether a recent revision had a file of that path.
        case had(path: String)
        /// Whether a recent revision before that one had one of these very files.
        case hadBefore(Int, [TableFile])
        case publish(NewRevision)
        /// Mode, owner and the like of files of a revision.
        case note([String: FileAttributes], of: Int)
        case bases(of: String)
        case setBase(String, of: String)
        case keepSeed(TableSeed)
        // The service.
        case admit(CompiledTable)
        // The legacy service's cache.
        case cache
        case setCache([UInt8])
    }

    enum Answer {
        case glance([TableSnapshot.Stamp], passedOver: [String])
        case snapshot(TableSnapshot)
        case survey(TableSurvey)
        case path(String?)
        /// Why files could not be written or removed, and what the files hold now.
        case written(failures: [String: FileReplacement.Failure], TableSnapshot)
        case zones(ZoneRefresh, own: Zone?)
        case newest(RevisionTrust.Newest)
        case number(Int?)
        case standing(RevisionStanding)
        case judged(RevisionTrust.Verdict)
        case files([TableFile]?)
        case revisions([Revision])
        case flag(Bool)
        case published(Revision)
        case bases(StoredBases)
        case seed(TableSeed)
        case admitted(Admitted)
        case cache([UInt8]?)
        case done
        case failed(StoreError)
    }

    struct NewRevision {
        var files: [TableFile]
        var hash: String
        var origin: RevisionOrigin
        var terms: RevisionTerms
    }

    /// Jobs that run here, those that run elsewhere, and where jobs stand.
    struct Admitted {
        var table: CompiledTable
        var elsewhere: [JobID: OtherHost] = [:]
        var marks: [JobID: Instant] = [:]
    }

    /// What an occasion does next.
    enum Turn {
        case ask(Question)
        /// Gives the table in use new times, where its zones or its seed are others.
        case renew
        case close(TableClosing)
        case done(Outcome)
    }
}
