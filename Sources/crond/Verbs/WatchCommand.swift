internal import ArgumentParser
internal import CronDaemon
internal import CronJobs
internal import Glibc

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Watch the running service on the whole screen: what runs, what is next, what failed last.",
        discussion: """
            q quits. It ends with the service: exit code 0 where that ended in order, else 69; 130 after Ctrl-C, 143 after TERM. The terminal is \
            given back as it was.
            """)

    @OptionGroup var service: ServiceAddress
    @OptionGroup var zone: ShownZone
    @OptionGroup var appearance: Appearance

    func run() {
        guard FullScreen.isPossible else {
            Output.fail(64, "watch needs a terminal that can move its cursor; crond events -f needs none")
        }
        let clock = zone.clock
        let listener = service.listen(.events(EventQuery(recent: EventHub.mostKept)))
        do {
            let watching = try Watching(
                listener, path: service.configuration().socket ?? "", zone: clock.zone, isColored: appearance.color.isOn())
            let end = try watching.run()
            if end.code == 0 || end.message == nil {
                if let message = end.message { Output.error("crond: \(message)") }
                Glibc.exit(end.code)
            }
            Output.fail(end.code, end.message ?? "")
        } catch {
            Output.fail(71, "\(error)")
        }
    }
}
