internal import CLinux

/// What this process is to the system beyond its descriptors.
public enum ProcessHost {
    /// Has large buffers come from the system one by one and go back at once. Without it the C library keeps the place of a freed table of
    /// 100,000 lines for good. To be called at the start of the program.
    public static func returnLargeBuffers() {
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
        mallopt(M_ARENA_MAX, 2)
    }

    /// Gives memory that is free but held back to the system.
    public static func trimMemory() { malloc_trim(0) }
}
