/// Whether a shell stands between the service and the program of a command.
public enum ExecPolicy: Hashable, Sendable {
    /// Not where the shell would do nothing but execute it, as far as the job can tell.
    case auto
    /// Always.
    case shell
}
