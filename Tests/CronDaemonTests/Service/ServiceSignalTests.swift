import CronDaemon
import Glibc
import LinuxEvents
import Testing

@Suite struct ServiceSignalTests {
    private func meaning(_ number: Int32, fromProcess: Bool = true) -> ServiceSignal {
        ServiceSignal.meaning(of: ReceivedSignal(number: number, sender: 1, isFromProcess: fromProcess))
    }

    @Test func whatStops() {
        for number in [SIGTERM, SIGINT, SIGQUIT, 34, 37, 64] { #expect(meaning(number) == .stop) }
    }

    @Test func whatReloads() { for number in [SIGHUP, SIGUSR2] { #expect(meaning(number) == .reload) } }

    @Test func aWindowThatWasResizedStopsNothing() {
        #expect(meaning(SIGWINCH, fromProcess: true) == .stop)
        #expect(meaning(SIGWINCH, fromProcess: false) == .windowResized)
    }

    @Test func theRestIsTakenAndMeansNothing() {
        for number in [SIGUSR1, SIGALRM, SIGIO, SIGURG] {
            #expect(meaning(number) == .nothing)
            #expect(ServiceSignal.taken.contains(number))
        }
    }

    @Test func namesAreThoseThatPeopleType() {
        #expect(ReceivedSignal(number: SIGTERM, sender: 0, isFromProcess: true).name == "SIGTERM")
        #expect(ReceivedSignal(number: 37, sender: 0, isFromProcess: true).name == "SIGRTMIN+3")
        #expect(ReceivedSignal(number: 34, sender: 0, isFromProcess: true).name == "SIGRTMIN")
    }
}
