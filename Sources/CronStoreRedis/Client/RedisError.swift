/// What went wrong between us and a Redis, and what the operator can do about it.
public struct RedisError: Error, Hashable, Sendable {
    /// What kind of failure it is: what a caller, or a retry, can go by.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case badAddress, unreachable, closedAtOnce, silent, notRedis, lost, timedOut, busyLine
        case plainServer, tlsServer, certificate, authority, identityWanted, identity
        case wrongPassword, passwordWanted, protectedMode, secretFile, forbidden, wrongDatabase
        case readOnly, full, cannotPersist, tooFewReplicas, loading, busy, masterDown, cluster, moved, tooManyClients
        case noScript, sentinel, newerStore, wrongType, refused
    }

    public var kind: Kind
    /// Which server, without user info.
    public var server: String
    /// What it said, or what the system said.
    public var words: String
    /// The request may have been carried out: its answer is what was lost.
    public var isOutcomeUnknown = false

    public init(_ kind: Kind, _ server: String, _ words: String, isOutcomeUnknown: Bool = false) {
        self.kind = kind
        self.server = server
        self.words = words
        self.isOutcomeUnknown = isOutcomeUnknown
    }

    /// It may go away without anybody changing a setting.
    public var isTransient: Bool {
        switch kind {
        case .unreachable, .closedAtOnce, .silent, .lost, .timedOut, .busyLine, .readOnly, .full, .cannotPersist, .tooFewReplicas,
            .loading, .busy, .masterDown, .cluster, .moved, .tooManyClients, .noScript, .sentinel:
            true
        case .badAddress, .notRedis, .plainServer, .tlsServer, .certificate, .authority, .identityWanted, .identity, .wrongPassword,
            .passwordWanted, .protectedMode, .secretFile, .forbidden, .wrongDatabase, .newerStore, .wrongType, .refused:
            false
        }
    }

    /// The connection is of no use after it.
    var endsConnection: Bool {
        switch kind {
        case .readOnly, .masterDown, .moved, .lost, .timedOut, .notRedis: true
        default: false
        }
    }
}

extension RedisError: CustomStringConvertible {
    public var description: String { "redis \(server): \(what)\(words.isEmpty ? "" : " (\(words))"). \(advice)" }

    private var what: String {
        switch kind {
        case .badAddress: "the name has no address"
        case .unreachable: "cannot connect"
        case .closedAtOnce: "it closed the connection before it answered"
        case .silent: "it took the connection and answered nothing"
        case .notRedis: "what answers there is not a Redis"
        case .lost: "the connection was lost"
        case .timedOut: "no answer in time"
        case .busyLine: "too many requests wait for it"
        case .plainServer: "it does not speak TLS"
        case .tlsServer: "it speaks TLS only"
        case .certificate: "its certificate cannot be trusted"
        case .authority: "the certificates to trust cannot be read"
        case .identityWanted: "it wants a certificate of ours that it trusts"
        case .identity: "our own certificate or its key cannot be used"
        case .wrongPassword: "user or password is wrong"
        case .passwordWanted: "it wants a password"
        case .protectedMode: "it answers only its own machine, because it has no password (protected mode)"
        case .secretFile: "the file of its password cannot be read"
        case .forbidden: "this user may not do that"
        case .wrongDatabase: "it has no such database"
        case .readOnly: "it is a read-only replica"
        case .full: "its memory is full"
        case .cannotPersist: "it cannot write its snapshots and refuses changes"
        case .tooFewReplicas: "too few replicas follow it"
        case .loading: "it is loading its data"
        case .busy: "a script of somebody keeps it busy"
        case .masterDown: "it lost its master"
        case .cluster: "its cluster cannot serve our keys now"
        case .moved: "another node of its cluster has our keys"
        case .tooManyClients: "it has as many clients as it may have"
        case .noScript: "it forgot our scripts"
        case .sentinel: "no sentinel named a master"
        case .newerStore: "a newer version of crond keeps its store there"
        case .wrongType: "a key of ours has the wrong type"
        case .refused: "it refused the request"
        }
    }

    private var isSocket: Bool { server.hasPrefix("/") }

    /// A sentence for the operator, whether it is tried again or not.
    public var advice: String {
        switch kind {
        case .badAddress: "Check the host name in the URL and the DNS of this container."
        case .unreachable where isSocket: "Check that it runs, and the path of its socket in the URL."
        case .unreachable: "Check that it runs, the host and port of the URL, and the network between."
        case .closedAtOnce: "If it wants TLS, write rediss://; else look for a firewall or a connection limit (maxclients)."
        case .silent where isSocket: "Check that the socket is a Redis's."
        case .silent: "Check that the port is a Redis's: 6379 is usual, 26379 is a sentinel's."
        case .notRedis where isSocket: "Check the path of the URL: another service listens there."
        case .notRedis: "Check host and port of the URL: another service listens there."
        case .lost: "It is connected again by itself; whether the last requests were carried out is found out then."
        case .timedOut: "Look at its load and at the network; timeout= in the URL makes the wait longer."
        case .busyLine: "It answers more slowly than we ask: look at its load."
        case .plainServer: "Write redis:// instead of rediss://, or name its TLS port."
        case .tlsServer: "Write rediss:// instead of redis://."
        case .certificate:
            "Name its authority with tls-ca=PATH, and use the host name that the certificate is for; tls-verify=none trusts anybody."
        case .authority: "Name a readable PEM file with tls-ca=PATH."
        case .identityWanted: "Show one that its authority signed, with tls-cert=PATH and tls-key=PATH."
        case .identity: "Name readable PEM files with tls-cert=PATH and tls-key=PATH, the key without a passphrase."
        case .wrongPassword: "Check user and password of the URL, % signs and all: a password alone is written redis://:PASSWORD@HOST."
        case .protectedMode: "Give it a password there (requirepass, or an ACL user) and here in the URL, or set protected-mode no there."
        case .passwordWanted: "Write redis://:PASSWORD@HOST or redis://USER:PASSWORD@HOST."
        case .secretFile: "Name a readable file with sentinel-password-file=PATH, the password on its first line."
        case .forbidden: "Its ACL must allow it: docs/manual/redis.md has a line to copy."
        case .wrongDatabase:
            "Write a database that exists (redis://HOST/0), or raise `databases` in its configuration; a cluster has only 0."
        case .readOnly: "Name the master, or let sentinels name it (sentinel=… and master=…); during a failover this passes."
        case .full: "Give it more memory (maxmemory) and keep maxmemory-policy noeviction."
        case .cannotPersist: "Free its disk and look at its log (BGSAVE); it takes changes again after the next snapshot."
        case .tooFewReplicas: "Bring its replicas back, or lower min-replicas-to-write."
        case .loading: "This passes."
        case .busy: "End the script there (SCRIPT KILL)."
        case .masterDown: "Look at its master; during a failover this passes."
        case .cluster: "During a failover or a move of slots this passes; else look at CLUSTER INFO."
        case .moved: "See that this node can be reached from here by the name that the cluster gives it."
        case .tooManyClients: "Raise maxclients there, or find out who holds so many connections (CLIENT LIST)."
        case .noScript: "They are sent again."
        case .sentinel: "Check the sentinels' addresses and the name of the master (SENTINEL MASTERS lists them)."
        case .newerStore: "Run that version here, too; the words are the version of the store and the newest that this program knows."
        case .wrongType: "Something else wrote it: look at it (TYPE), and move it away (RENAME); it is made anew."
        case .refused: "See its words."
        }
    }
}
