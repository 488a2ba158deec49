/// `--on-start`: which side a start uses.
public enum StartPolicy: String, Sendable, CaseIterable {
    case auto, file, store
}
