internal import ArgumentParser
internal import CronJobs

struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Pause jobs: their fire times are recorded as skipped until they are resumed.",
        discussion: "A pause belongs to the job's name, lasts over restarts, and holds for every replica of the service.")

    @Argument(help: "Names of jobs, as the log and the status show them.", completion: NameCompletion.jobs)
    var jobs: [String]

    @Flag(help: "One JSON object a job: whether this changed it.")
    var json = false

    @OptionGroup var service: ServiceAddress

    func run() {
        let changed = service.changed(by: .pause(jobs.map { JobID($0) }, until: nil))
        for job in jobs {
            if json {
                Output.write(JSONValue.fields(["job": JobID(job), "paused": changed.contains(job)]).bytes + [10])
            } else {
                Output.line(changed.contains(job) ? "paused \(job)" : "\(job) was paused already")
            }
        }
    }
}
