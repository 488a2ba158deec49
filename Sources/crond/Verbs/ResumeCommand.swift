internal import ArgumentParser
internal import CronJobs

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let paused jobs go on, with their next fire time.")

    @Argument(help: "Names of jobs, as the log and the status show them.", completion: NameCompletion.jobs)
    var jobs: [String]

    @Flag(help: "One JSON object a job: whether this changed it.")
    var json = false

    @OptionGroup var service: ServiceAddress

    func run() {
        let changed = service.changed(by: .resume(jobs.map { JobID($0) }))
        for job in jobs {
            if json {
                Output.write(JSONValue.fields(["job": JobID(job), "resumed": changed.contains(job)]).bytes + [10])
            } else {
                Output.line(changed.contains(job) ? "resumed \(job)" : "\(job) was not paused")
            }
        }
    }
}
