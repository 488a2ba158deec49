internal import CLinux

/// What this process is to the system beyond its descriptors.
public enum ProcessHost {
    /// Gives memory that is free but held back to the system.
    public static func trimMemory() { malloc_trim(0) }
}
