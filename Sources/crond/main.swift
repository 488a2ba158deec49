// Before anything else, and before there is any thread: the standard streams are open, the service's signals are held until it can take them, and as PID 1 this process becomes
// the container's init, and its child goes on.
internal import ArgumentParser
internal import CronDaemon

ServiceHost.openStandardStreams()
let runsService = Crond.runsService(CommandLine.arguments)
if runsService { ServiceHost.holdSignals() }
ServiceHost.becomeInitIfPID1()
if runsService { ServiceHost.guardStart() }
Crond.start(CommandLine.arguments)
