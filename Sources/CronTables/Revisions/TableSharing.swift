/// How a service stands to the revisions of others under its name.
public struct TableSharing: Sendable {
    /// The service's name, for people.
    public var name: String
    /// What this host is called: under it is kept what its services found and left.
    public var host: String
    /// Other services may use the store, too.
    public var isShared: Bool
    /// `--adopt-name`: a table that shares no job with the newest revision is published all the same.
    public var adoptsName: Bool
    /// Newer revisions of others are applied while running.
    public var follows: Bool
    /// With a key: signs what is published, and judges what is used.
    public var seal: TableSeal?

    public init(
        name: String = "default", host: String = "localhost", isShared: Bool = false, adoptsName: Bool = false, follows: Bool = false,
        seal: TableSeal? = nil
    ) {
        self.name = name
        self.host = host
        self.isShared = isShared
        self.adoptsName = adoptsName
        self.follows = follows
        self.seal = seal
    }
}
