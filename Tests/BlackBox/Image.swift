// tidy: helper

/// What containers are made from: folders that lie over each other, the uppermost first.
struct Image {
    fileprivate(set) var layers: [String]

    /// Debian with the package cron, as `docker pull debian` and `apt-get install cron` give it.
    static var debian: Image { Image(layers: [DebianRoot.path]) }
}

/// A test's containers, made from real images: each with a root, a writable layer and a host name of its own, over volumes of the test.
final class Images: Workbench {
    private var count = 0

    required init() throws {
        try Privileges.requireContainers()
        try super.init()
    }

    /// A container made anew, not started.
    ///
    /// - Parameters:
    ///   - volume: the name of what is mounted at /var/lib/crond: the same name, the same volume; `nil`: nothing is mounted there.
    ///   - host: its host name; one of its own where it is left out, as Docker does it.
    func container(_ image: Image = .debian, volume: String? = "volume", host: String? = nil) throws -> ImageContainer {
        guard DebianRoot.isThere else { throw Complaint(DebianRoot.reason) }
        count += 1
        let place = "container-\(count)"
        for name in ["", "/upper", "/work", "/root"] { folder.folder(place + name) }
        if let volume { folder.folder(volume) }
        return ImageContainer(
            self, image: image, place: "\(folder.path)/\(place)", volume: volume.map { "\(folder.path)/\($0)" }, host: host ?? place)
    }

    /// An image over another one, as the RUN line of a Dockerfile makes it.
    func image(over base: Image = .debian, _ text: String) async throws -> Image {
        let container = try container(base, volume: nil)
        try await container.shell(text)
        return container.isCopied ? Image(layers: [container.place + "/root"]) : Image(layers: [container.place + "/upper"] + base.layers)
    }
}
