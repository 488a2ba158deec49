internal import CLinux

/// What this process is to the system beyond its descriptors.
public enum ProcessHost {
    /// Has large buffers come from the system one by one and go back at once. Without it the C library keeps the place of a freed table of
    /// 100,000 lines for good. To be called at the start of the program.
    public static func returnLargeBuffers() {
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
        mallopt(M_ARENA_MAX, 2)
    }

    /// Opens `/dev/null` in the place of each of the descriptors 0 to 2 that is closed.
    public static func openStandardStreams() {
        for descriptor: Int32 in 0...2 where cl_fcntl(descriptor, F_GETFD, 0) < 0 {
            // The lowest that is free is given, which is this one. Without /dev/null anything that can be neither read nor written.
            let opened = cl_open("/dev/null", O_RDWR, 0)
            if opened < 0 { _ = cl_open("/", O_RDONLY | O_DIRECTORY, 0) }
        }
    }

    /// Gives memory that is free but held back to the system.
    public static func trimMemory() { malloc_trim(0) }

    /// Gives the pages of the program that only the start used back to the page cache; those that are used again come back by themselves.
    public static func returnText() { cl_return_text() }
}
