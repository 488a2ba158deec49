internal import CronJobs

/// Which runs are mailed.
extension Directive {
    static let mailOn = Directive(
        "mail-on", sets: \.policies.mailOn,
        to: ValueForm("`output`, `failure` or `never`") { text in
            switch text {
            case "output": .some(.output)
            case "failure": .some(.failure)
            case "never": .some(.never)
            default: nil
            }
        }, meaning: "which runs are mailed to `MAILTO`: those that wrote something, those that failed, or none",
        otherwise: .words("`output`, where `MAILTO` is set"))
}
