internal import ArgumentParser
internal import CronDaemon
internal import CronJobs
internal import Crontabs

/// Policies of jobs whose entries say nothing else: each takes what the directive of its name takes.
struct PolicyOptions: ParsableArguments {
    @Option(help: "allow, skip, queue(n) or replace: a fire time comes while a run of its job is going. (CROND_OVERLAP) Default: allow.")
    var overlap: String?

    @Option(help: "psi(cpu, 80, 10m): hold starts while the machine is that busy. (CROND_LOAD_GATE) Default: none.")
    var loadGate: String?

    @Option(help: "How long a run may last. (CROND_TIMEOUT) Default: none.")
    var timeout: String?

    @Option(
        help: "How long a run has between TERM and KILL when it is to end before the service does. (CROND_JOB_KILL_AFTER) Default: 10s.")
    var jobKillAfter: String?

    @Option(help: "Exit codes that are a success. (CROND_SUCCESS_CODES) Default: 0.")
    var successCodes: String?

    @Option(help: "keep or kill: what becomes of processes that a run leaves behind. (CROND_LINGER) Default: keep.")
    var linger: String?

    @Option(help: "finish, cancel or abandon: what becomes of a run when the service ends. (CROND_ON_STOP) Default: finish.")
    var onStop: String?

    @Option(help: "every, first, change or a number: which failures in a row are an event. (CROND_NOTIFY) Default: change.")
    var notify: String?

    @Option(help: "A start that is later than this is an event of its own, such as 5m. (CROND_LATE_AFTER) Default: none.")
    var lateAfter: String?

    @Option(help: "output, failure or never: which runs are mailed to their table's MAILTO. (CROND_MAIL_ON) Default: output.")
    var mailOn: String?

    @Option(
        help: """
            URL to which a message goes when a job fails, and when that is over; signed where there is a CROND_WEBHOOK_SECRET. \
            (CROND_ON_FAILURE, CROND_ON_FAILURE_FILE) Default: none.
            """)
    var onFailure: String?

    @Option(help: "auto or shell: whether commands of plain words go without a shell. (CROND_EXEC) Default: auto.")
    var exec: String?

    @Option(help: "Added to the service's nice value. (CROND_NICE) Default: 0.")
    var nice: String?

    @Option(help: "Memory of a run, such as 512M. (CROND_LIMIT_MEMORY) Default: none.")
    var limitMemory: String?

    @Option(help: "Processors of a run, such as 0.5. (CROND_LIMIT_CPU) Default: none.")
    var limitCpu: String?

    @Option(help: "Address space of each process of a run, such as 2G. (CROND_LIMIT_ADDRESS_SPACE) Default: none.")
    var limitAddressSpace: String?

    @Option(help: "Processor time of each process of a run. (CROND_LIMIT_CPU_TIME) Default: none.")
    var limitCpuTime: String?

    @Option(help: "Open files of each process of a run. (CROND_LIMIT_FILES) Default: none.")
    var limitFiles: String?

    @Flag(help: "No process of a run gains privileges. (CROND_NO_NEW_PRIVS=1)")
    var noNewPrivs = false

    /// What they and the environment say.
    func policies(_ settings: Settings) throws(ConfigurationError) -> JobPolicies.Values {
        let options: [(key: String, value: String?)] = [
            ("overlap", overlap), ("load-gate", loadGate), ("timeout", timeout), ("kill-after", jobKillAfter),
            ("success-codes", successCodes), ("linger", linger), ("on-stop", onStop),
            ("exec", exec), ("nice", nice), ("limit-memory", limitMemory), ("limit-cpu", limitCpu),
            ("limit-address-space", limitAddressSpace),
            ("limit-cpu-time", limitCpuTime), ("limit-files", limitFiles), ("notify", notify), ("late-after", lateAfter),
            ("mail-on", mailOn),
        ]
        var defaults = PolicyDefaults()
        for (key, value) in options {
            // --kill-after is how long the service's own end waits.
            let name = key == "kill-after" ? "job-kill-after" : key
            guard let given = settings.given(value, name, Self.variable(name)) else { continue }
            if let fault = defaults.set(key, to: given.text) { throw given.fault(fault) }
        }
        if let given = try settings.onFailure(onFailure), let fault = defaults.set("on-failure", to: given.text) {
            throw given.fault(fault)
        }
        if try settings.flag(noNewPrivs, "CROND_NO_NEW_PRIVS") { _ = defaults.set("no-new-privs", to: "yes") }
        return defaults.values
    }

    private static func variable(_ option: String) -> String {
        "CROND_" + String(option.map { $0 == "-" ? "_" : $0 }).uppercased()
    }
}
